//! The search index: the words of every message.

use crate::handler::{Effects, Handler, HandlerError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_domain::search::Searchable;
use hookreel_domain::traffic::{MESSAGE_ACCEPTED, MESSAGE_QUARANTINED, MessageReceived};
use hookreel_event_store::StoredEvent;
use hookreel_kernel::MessageId;
use sqlx::PgConnection;
use uuid::Uuid;

/// Between two words in what the database splits again. No word contains it: JSON's strings are in lower case and cut,
/// but may hold any sign except this one, which is taken out.
const SEPARATOR: char = '\u{1f}';

/// Writes `read.message_words`.
#[derive(Debug)]
pub(crate) struct SearchIndex;

impl Handler for SearchIndex {
    fn name(&self) -> &'static str {
        "search_index"
    }

    fn purpose(&self) -> &'static str {
        "Makes messages findable by what is in them"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[MESSAGE_ACCEPTED, MESSAGE_QUARANTINED]
    }

    fn effects(&self) -> Effects {
        Effects::Projection
    }

    fn wants_bodies(&self) -> bool {
        true
    }

    fn reset<'a>(&'a self, connection: &'a mut PgConnection) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        async move { sqlx::query!("truncate read.message_words").execute(connection).await.map(drop) }.boxed()
    }

    fn handle<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [StoredEvent],
    ) -> BoxFuture<'a, Result<(), HandlerError>> {
        async move { index(connection, events).await }.boxed()
    }
}

async fn index(connection: &mut PgConnection, events: &[StoredEvent]) -> Result<(), HandlerError> {
    let (mut tenants, mut messages, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for event in events {
        tenants.push(event.tenant_id.uuid());
        messages.push(event.stream_id);
        words.push(words_of(event)?);
    }
    sqlx::query!(
        "insert into read.message_words (tenant_id, message_id, words)
         select tenant_id, message_id, array_to_tsvector(string_to_array(words, $4))
         from unnest($1::uuid[], $2::uuid[], $3::text[]) as u (tenant_id, message_id, words)
         on conflict (tenant_id, message_id) do update set words = excluded.words",
        &tenants as &[Uuid],
        &messages as &[Uuid],
        &words,
        SEPARATOR.to_string(),
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("select read.sort_words_in()").execute(connection).await?;
    Ok(())
}

/// The words of a message, joined: an array of arrays of different lengths is nothing that a statement can be given.
fn words_of(event: &StoredEvent) -> Result<String, HandlerError> {
    let received: MessageReceived = serde_json::from_value(event.payload.clone())?;
    let id = MessageId::from_uuid(event.stream_id).to_string();
    let ids: Vec<&str> = [Some(id.as_str()), received.uid.as_deref(), received.provider_event_id.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    let headers: Vec<(&str, &str)> = received
        .headers
        .iter()
        .filter(|header| !header.is_base64)
        .map(|header| (header.name.as_str(), header.value.as_str()))
        .collect();
    let searchable = Searchable {
        tenant_id: event.tenant_id,
        application_id: received.application_id,
        source_id: received.source_id,
        channels: received.channels.as_deref().unwrap_or_default(),
        event_type: &received.event_type,
        ids: &ids,
        headers: &headers,
        body: event.body.as_deref().unwrap_or_default(),
    };
    let mut joined = String::new();
    for word in searchable.words() {
        if !joined.is_empty() {
            joined.push(SEPARATOR);
        }
        joined.extend(word.chars().map(|c| if c == SEPARATOR { ' ' } else { c }));
    }
    Ok(joined)
}
