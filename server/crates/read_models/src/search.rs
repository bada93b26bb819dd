//! Finding messages by what is in them.

use crate::ReadError;
use crate::page::id_at;
use hookreel_contract::input::MessageFilter;
use hookreel_domain::search::{application_word, channel_terms, parse, source_word, tsquery, type_terms};
use hookreel_kernel::MessageId;
use sqlx::PgConnection;
use uuid::Uuid;

/// So many event types may be searched at once: PostgreSQL reads a question of many thousand words only as far as its stack
/// goes.
const TYPES_MAX: usize = 200;

/// The newest messages of the transaction's tenant that a filter with a question lets through, at most so many. Times are
/// those in the messages' ids.
///
/// # Errors
/// [`ReadError::Filter`] when the question cannot be answered.
pub(crate) async fn find(
    connection: &mut PgConnection,
    filter: &MessageFilter,
    question: &str,
    before: Option<MessageId>,
    limit: i64,
) -> Result<Vec<MessageId>, ReadError> {
    let mut groups = parse(question).map_err(|error| ReadError::filter("search", error.to_string()))?;
    groups.extend(filter.application_id.map(|id| vec![application_word(id).into()]));
    groups.extend(filter.source_id.map(|id| vec![source_word(id).into()]));
    groups.extend(filter.channel.as_deref().map(channel_terms));
    let types = filter.event_types.as_deref().unwrap_or_default();
    if types.len() > TYPES_MAX {
        return Err(ReadError::filter("event_types", format!("must be at most {TYPES_MAX} together with a search")));
    }
    if !types.is_empty() {
        groups.push(types.iter().flat_map(|name| type_terms(name)).collect());
    }
    let until = [before.map(MessageId::uuid), filter.until.map(id_at)].into_iter().flatten().min();
    let found = sqlx::query_scalar!(
        r#"select id as "id!" from read.search_messages($1::text::tsquery, $2, $3, $4, $5, $6) as id"#,
        tsquery(&groups),
        filter.state,
        filter.since.map_or(Uuid::nil(), id_at),
        until.unwrap_or(Uuid::max()),
        limit,
        filter.flagged,
    )
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().map(MessageId::from_uuid).collect())
}
