//! Handlers: where each stands, and what is done about what they could not do.

use super::record::{Done, record};
use crate::error::failed;
use hookreel_auth::OperatorPermit;
use hookreel_contract::views::{BacklogState, BacklogView, HandlerView, OperatorActionView, StoredEventView};
use hookreel_contract::{ApiError, Cursor, Page};
use hookreel_database::Database;
use hookreel_handlers::{
    BacklogError, BacklogRow, Effects, Handler, HandlerStatus, NAMES, Place, list, list_state, rebuild, replay_parked,
    retry, skip, statuses,
};
use hookreel_kernel::Metadata;
use hookreel_read_models::event_log::stream_text;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Entries on one page.
const PAGE: usize = 50;
/// Actions that are shown.
const ACTIONS_SHOWN: i64 = 20;
/// How often, and how long apart, a rebuild tries to come between two steps of a server at work.
const REBUILD_TRIES: u32 = 50;
const REBUILD_PAUSE: Duration = Duration::from_millis(100);

/// Use cases about handlers.
#[derive(Debug, Clone)]
pub struct Handlers {
    database: Database,
    registered: Vec<Arc<dyn Handler>>,
}

impl Handlers {
    /// On this database. What is not registered has no purpose that could be told, and cannot be rebuilt.
    pub const fn new(database: Database, registered: Vec<Arc<dyn Handler>>) -> Self {
        Self { database, registered }
    }

    /// Every handler, with where it stands.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(&self, _permit: &OperatorPermit) -> Result<Vec<HandlerView>, ApiError> {
        Ok(self.views(&statuses(self.database.engine()).await.map_err(failed)?))
    }

    /// What is in the backlogs, what is parked first, at most so many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn backlog(&self, _permit: &OperatorPermit, limit: i64) -> Result<Vec<BacklogView>, ApiError> {
        let rows = list(self.database.engine(), None, limit).await.map_err(failed)?;
        Ok(rows.into_iter().map(backlog_view).collect())
    }

    /// What is in one state, of one handler or of all, newest first.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `cursor`.
    pub async fn in_state(
        &self,
        _permit: &OperatorPermit,
        state: BacklogState,
        handler: Option<&str>,
        cursor: Option<Cursor>,
    ) -> Result<Page<BacklogView>, ApiError> {
        let before = cursor.as_ref().map(place_of).transpose()?;
        let pool = self.database.engine();
        let rows = list_state(pool, state.as_str(), handler, before.as_ref(), PAGE as i64 + 1).await.map_err(failed)?;
        let views = rows.into_iter().map(backlog_view).collect();
        Ok(Page::of(views, PAGE, |row: &BacklogView| format!("{}:{}", row.position, row.handler)))
    }

    /// One event of the store, without the body, which is the tenant's own.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn event(&self, _permit: &OperatorPermit, position: u64) -> Result<StoredEventView, ApiError> {
        let mut connection = self.database.engine().acquire().await.map_err(failed)?;
        let position = i64::try_from(position).map_err(|_| ApiError::not_found("Event"))?;
        let event = hookreel_event_store::read_one(&mut connection, position).await.map_err(failed)?;
        let event = event.ok_or_else(|| ApiError::not_found("Event"))?;
        let tenant = sqlx::query_scalar!("select name from iam.tenants where tenant_id = $1", event.tenant_id.uuid())
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed)?;
        let actor = serde_json::from_value::<Metadata>(event.metadata).map(|metadata| metadata.actor.to_string());
        Ok(StoredEventView {
            position: event.position as u64,
            tenant_id: event.tenant_id,
            tenant_name: tenant.unwrap_or_default(),
            stream: stream_text(&event.stream_kind, event.stream_id),
            stream_kind: event.stream_kind,
            stream_version: event.stream_version as u32,
            kind: event.kind,
            payload: event.payload.to_string(),
            body_bytes: event.body.map(|body| body.len() as u64),
            actor: actor.unwrap_or_else(|_| "unknown".to_owned()),
            recorded_at: event.recorded_at,
        })
    }

    /// What operators did lately, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn actions(&self, _permit: &OperatorPermit) -> Result<Vec<OperatorActionView>, ApiError> {
        let rows = sqlx::query!(
            r#"select a.done_at, a.member_id, m.email as "email?", a.action, a.subject, a.position, a.detail
               from ops.operator_actions a
               left join iam.members m on m.tenant_id = a.member_tenant_id and m.member_id = a.member_id
               order by a.action_id desc limit $1"#,
            ACTIONS_SHOWN,
        )
        .fetch_all(self.database.engine())
        .await
        .map_err(failed)?;
        let views = rows.into_iter().map(|row| OperatorActionView {
            done_at: row.done_at,
            who: match (row.email, row.member_id) {
                (Some(email), _) => email,
                (None, Some(_)) => "a former member".to_owned(),
                (None, None) => "the command line".to_owned(),
            },
            // The position of a rebuild is how far it goes, and no event of its own.
            position: row.position.filter(|_| row.action != "rebuild").map(|position| position as u64),
            action: row.action,
            subject: row.subject,
            detail: row.detail,
        });
        Ok(views.collect())
    }

    /// Tries an event again at once, with all its tries before it.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] when it is not there any more, or waits behind another.
    pub async fn retry(&self, permit: &OperatorPermit, handler: &str, position: i64) -> Result<(), ApiError> {
        let mut transaction = self.database.engine().begin().await.map_err(failed)?;
        retry(&mut *transaction, handler, position).await.map_err(refused)?;
        let done = Done { action: "retry", subject: handler, position: Some(position), detail: "" };
        record(&mut transaction, permit, done).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    /// Gives an event up: this handler never handles it. What waits behind it goes on.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] when it is not there any more.
    pub async fn skip(&self, permit: &OperatorPermit, handler: &str, position: i64) -> Result<(), ApiError> {
        let mut transaction = self.database.engine().begin().await.map_err(failed)?;
        let kind = skip(&mut *transaction, handler, position).await.map_err(refused)?;
        let done = Done { action: "skip", subject: handler, position: Some(position), detail: &kind };
        record(&mut transaction, permit, done).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    /// Tries everything again that a handler has parked, and says how many there were.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] when there is no such handler.
    pub async fn replay_parked(&self, permit: &OperatorPermit, handler: &str) -> Result<u64, ApiError> {
        self.must_know(handler).await?;
        let mut transaction = self.database.engine().begin().await.map_err(failed)?;
        let count = replay_parked(&mut *transaction, handler).await.map_err(failed)?;
        if count > 0 {
            let detail = if count == 1 { "1 event".to_owned() } else { format!("{count} events") };
            let done = Done { action: "replay_parked", subject: handler, position: None, detail: &detail };
            record(&mut transaction, permit, done).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(count)
    }

    /// Those of this version, those that are registered, and those that only ever ran.
    async fn must_know(&self, handler: &str) -> Result<(), ApiError> {
        let ran = statuses(self.database.engine()).await.map_err(failed)?;
        let mut known = BTreeSet::from(NAMES);
        known.extend(self.registered.iter().map(|one| one.name()));
        known.extend(ran.iter().map(|status| status.name.as_str()));
        if known.contains(handler) {
            return Ok(());
        }
        let names: Vec<&str> = known.into_iter().collect();
        Err(ApiError::conflict(format!("there is no handler `{handler}`; there are: {}", names.join(", "))))
    }

    /// Forgets what a projection has written, and lets it begin again from the first event.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] when it has effects outside, which are never repeated, or is too busy to be interrupted.
    pub async fn rebuild(&self, permit: &OperatorPermit, handler: &str) -> Result<(), ApiError> {
        let can_be = |handler: &&Arc<dyn Handler>| handler.effects() == Effects::Projection;
        let Some(found) = self.registered.iter().filter(can_be).find(|one| one.name() == handler) else {
            let names: Vec<_> = self.registered.iter().filter(can_be).map(|handler| handler.name()).collect();
            let message = format!("`{handler}` cannot be rebuilt; these can: {}", names.join(", "));
            return Err(ApiError::conflict(message));
        };
        for _ in 0..REBUILD_TRIES {
            let mut transaction = self.database.engine().begin().await.map_err(failed)?;
            if rebuild(&mut transaction, found.as_ref()).await.map_err(failed)? {
                let head = hookreel_event_store::head(&mut transaction).await.map_err(failed)?;
                let done = Done { action: "rebuild", subject: handler, position: Some(head), detail: "" };
                record(&mut transaction, permit, done).await.map_err(failed)?;
                return transaction.commit().await.map_err(failed);
            }
            drop(transaction);
            tokio::time::sleep(REBUILD_PAUSE).await;
        }
        Err(ApiError::conflict(format!("a server is at work with `{handler}` at this moment; try again")))
    }

    /// Those that are registered, in their order, and then those that only ever ran.
    pub(super) fn views(&self, statuses: &[HandlerStatus]) -> Vec<HandlerView> {
        let status_of = |name: &str| statuses.iter().find(|status| status.name == name);
        let registered = self.registered.iter().map(|handler| HandlerView {
            purpose: Some(handler.purpose().to_owned()),
            is_projection: handler.effects() == Effects::Projection,
            ..handler_view(handler.name(), status_of(handler.name()))
        });
        let is_registered = |name: &str| self.registered.iter().any(|handler| handler.name() == name);
        let others = statuses.iter().filter(|status| !is_registered(&status.name));
        registered.chain(others.map(|status| handler_view(&status.name, Some(status)))).collect()
    }
}

fn handler_view(name: &str, status: Option<&HandlerStatus>) -> HandlerView {
    HandlerView {
        name: name.to_owned(),
        purpose: None,
        is_projection: false,
        position: status.map(|status| status.position as u64),
        behind: status.map_or(0, |status| status.behind as u64),
        retrying: status.map_or(0, |status| status.retrying),
        waiting: status.map_or(0, |status| status.waiting),
        parked: status.map_or(0, |status| status.parked),
        rebuilding_until: status.and_then(|status| status.rebuilding_until).map(|until| until as u64),
    }
}

fn backlog_view(row: BacklogRow) -> BacklogView {
    BacklogView {
        handler: row.handler,
        position: row.position as u64,
        tenant_id: row.tenant_id,
        tenant_name: row.tenant_name,
        kind: row.kind,
        // The column's constraint allows no other.
        state: BacklogState::parse(&row.state).unwrap_or(BacklogState::Parked),
        tries: row.tries,
        due_at: row.due_at,
        error: row.error,
        noted_at: row.noted_at,
    }
}

fn place_of(cursor: &Cursor) -> Result<Place, ApiError> {
    let place = cursor.0.split_once(':').and_then(|(position, name)| Some((position.parse().ok()?, name.to_owned())));
    place.ok_or_else(|| ApiError::invalid("cursor", "is not one of this list"))
}

fn refused(error: BacklogError) -> ApiError {
    match error {
        BacklogError::NotFound => ApiError::conflict(error.to_string()),
        BacklogError::Database(error) => failed(error),
    }
}
