//! What is true in the end: of the endpoints' own books, and of what the instance says about them.

use super::sink::{PATHS, Sink};
use super::site::Site;
use hookreel_kernel::{EndpointId, MessageId};
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Jobs of the dead are given back after half a minute, and a delivery without a job is found within as long. The
/// machine may be busy.
const DELIVERY_LIMIT: Duration = Duration::from_mins(2);

/// Counts of what must not be, and what may.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// Acknowledged, and not seen by an endpoint.
    pub(crate) lost: Vec<(&'static str, u64)>,
    /// Accepted, and without a delivery for each endpoint.
    pub(crate) orphans: i64,
    /// Deliveries that neither ended nor will by themselves.
    stuck: i64,
    /// Messages that came to exist twice.
    doubled: usize,
    /// Attempts recorded as successes that no endpoint saw.
    invented: usize,
    /// Positions of events that are missing in their order.
    gaps: i64,
    /// Transactions left open.
    open_transactions: i64,
    /// Requests beyond the first for one message at one endpoint.
    pub(crate) duplicates: usize,
}

/// Waits until everything acknowledged has arrived and every delivery has ended, then looks at everything.
pub(crate) async fn reach(site: &Site, sink: &Sink, acknowledged: &BTreeSet<u64>) -> Verdict {
    let mut connection = site.superuser().await;
    let began = Instant::now();
    while began.elapsed() < DELIVERY_LIMIT
        && !(sink.missing(acknowledged).is_empty() && unfinished(&mut connection).await == 0)
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let seen = sink.seen();
    let marks: BTreeSet<u64> = seen.keys().map(|(_, mark)| *mark).collect();
    let ids_of = |mark: u64| {
        let seen_of = PATHS.iter().filter_map(|path| seen.get(&((*path).to_owned(), mark)));
        seen_of.flat_map(|seen| seen.ids.iter().cloned()).collect::<BTreeSet<String>>()
    };
    Verdict {
        lost: sink.missing(acknowledged),
        orphans: orphans(&mut connection).await,
        stuck: unfinished(&mut connection).await,
        doubled: marks.iter().filter(|mark| ids_of(**mark).len() > 1).count(),
        invented: invented(&mut connection, site, sink).await,
        gaps: gaps(&mut connection).await,
        open_transactions: open_transactions(&mut connection).await,
        duplicates: seen.values().map(|seen| seen.requests - 1).sum(),
    }
}

impl Verdict {
    pub(crate) fn assert_nothing_is_wrong(&self) {
        let wrong = [
            ("orphans", self.orphans),
            ("stuck deliveries", self.stuck),
            ("messages that exist twice", self.doubled as i64),
            ("successes nobody saw", self.invented as i64),
            ("gaps in the order of events", self.gaps),
            ("open transactions", self.open_transactions),
        ];
        assert!(self.lost.is_empty(), "lost: {:?}", self.lost);
        for (what, count) in wrong {
            assert_eq!(count, 0, "{what}: {self:?}");
        }
    }
}

async fn number(connection: &mut PgConnection, question: &'static str) -> i64 {
    sqlx::query_scalar(question).fetch_one(connection).await.unwrap()
}

async fn unfinished(connection: &mut PgConnection) -> i64 {
    number(connection, "select count(*) from read.deliveries where state <> 'succeeded' or due_at is not null").await
}

async fn orphans(connection: &mut PgConnection) -> i64 {
    let question = "select count(*) from read.messages m where m.state = 'accepted' and
        (select count(distinct d.endpoint_id) from read.deliveries d
         where d.tenant_id = m.tenant_id and d.message_id = m.message_id) <> 2";
    number(connection, question).await
}

async fn gaps(connection: &mut PgConnection) -> i64 {
    number(connection, "select max(position) - min(position) + 1 - count(*) from event_store.events").await
}

/// Those that stay: the server's own are idle for moments, and where the machine is busy for longer. Not waited for
/// much longer, since the database ends what has been idle for a quarter of a minute.
async fn open_transactions(connection: &mut PgConnection) -> i64 {
    tokio::time::sleep(Duration::from_secs(3)).await;
    let question = "select count(*) from pg_stat_activity
                    where state like 'idle in transaction%' and state_change < now() - interval '4 seconds'";
    number(connection, question).await
}

/// A recorded success is a request that the endpoint saw.
async fn invented(connection: &mut PgConnection, site: &Site, sink: &Sink) -> usize {
    let mut seen = HashSet::new();
    for ((path, _), what) in sink.seen() {
        let index = PATHS.iter().position(|known| *known == path).unwrap();
        seen.extend(what.ids.into_iter().map(|id| (site.endpoints[index].clone(), id)));
    }
    let recorded: Vec<(Uuid, Uuid)> =
        sqlx::query_as("select endpoint_id, message_id from read.attempts where succeeded")
            .fetch_all(connection)
            .await
            .unwrap();
    let named = recorded.into_iter().map(|(endpoint, message)| {
        (EndpointId::from_uuid(endpoint).to_string(), MessageId::from_uuid(message).to_string())
    });
    named.filter(|pair| !seen.contains(pair)).count()
}
