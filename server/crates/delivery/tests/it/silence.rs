//! Silence: told once when it is longer than ever, and once when it is over.

use crate::support::engine_on;
use hookreel_delivery::look_for_silence;
use hookreel_domain::source::{Source, SourceCommand, SourceDetails};
use hookreel_kernel::{Actor, ApplicationId, Metadata, SourceId, TenantId, id};
use hookreel_read_models::{execute, sources};
use hookreel_testing::TestDatabase;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Sources, and what has come to them. No engine runs that would look too.
struct World {
    test: TestDatabase,
    tenant_id: TenantId,
    application_id: ApplicationId,
    now: OffsetDateTime,
}

impl World {
    async fn start() -> Self {
        let test = TestDatabase::create().await;
        let (tenant_id, application_id) = test.tenant().await;
        let now = sqlx::query_scalar("select now()").fetch_one(&mut test.superuser().await).await.unwrap();
        Self { test, tenant_id, application_id, now }
    }

    async fn source(&self, settings: Value) -> SourceId {
        let id = SourceId::generate();
        let details = SourceDetails {
            application_id: self.application_id,
            name: "Stripe".into(),
            provider: "stripe".into(),
            rule: json!({ "provider": "stripe" }),
            token: id.to_string(),
            settings,
        };
        self.command(id, SourceCommand::Create { details, secret_id: None }).await;
        id
    }

    async fn command(&self, id: SourceId, command: SourceCommand) {
        let metadata = Metadata::by(Actor::Operator);
        let mut connection = self.test.superuser().await;
        execute::<Source>(&mut connection, self.tenant_id, id.uuid(), &metadata, command).await.unwrap();
    }

    /// A message so many minutes ago each.
    async fn hears(&self, source: SourceId, minutes_ago: impl IntoIterator<Item = i64>) {
        let times: Vec<_> = minutes_ago.into_iter().map(|ago| self.now - Duration::minutes(ago)).collect();
        let of_source = source.uuid().as_u128() & 0xffff_ffff;
        let ids: Vec<_> = times
            .iter()
            .map(|at| id::lowest_at(u64::try_from(at.unix_timestamp()).unwrap() * 1000).as_u128())
            .map(|lowest| Uuid::from_u128(lowest | of_source))
            .collect();
        sqlx::query(
            "insert into read.messages (tenant_id, message_id, application_id, source_id, event_type, state,
                                        body_bytes, received_at)
             select $1, u.id, $2, $3, 'invoice.paid', 'accepted', 2, u.at
             from unnest($4::uuid[], $5::timestamptz[]) as u (id, at)",
        )
        .bind(self.tenant_id.uuid())
        .bind(self.application_id.uuid())
        .bind(source.uuid())
        .bind(ids)
        .bind(times)
        .execute(&mut self.test.superuser().await)
        .await
        .unwrap();
    }

    async fn look(&self) -> usize {
        look_for_silence(self.test.database().engine()).await.unwrap()
    }

    /// What was told of a source: kinds and payloads.
    async fn told(&self, source: SourceId) -> Vec<(String, Value)> {
        sqlx::query_as(
            "select kind, payload from event_store.events
             where stream_id = $1 and kind in ('source.went_silent', 'source.heard_again') order by stream_version",
        )
        .bind(source.uuid())
        .fetch_all(&mut self.test.superuser().await)
        .await
        .unwrap()
    }

    async fn kinds(&self, source: SourceId) -> Vec<String> {
        self.told(source).await.into_iter().map(|(kind, _)| kind).collect()
    }

    /// Whether the source's page shows the warning.
    async fn is_shown(&self, source: SourceId) -> bool {
        let mut tx = self.test.database().tenant(self.tenant_id).await.unwrap();
        let found = sources::find(tx.connection(), self.tenant_id, source, self.now).await.unwrap();
        found.unwrap().health.silent.is_some()
    }

    async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.test.superuser().await).await.unwrap()
    }
}

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// One every two hours for two days, the last one so long ago.
fn every_two_hours(last: i64) -> impl Iterator<Item = i64> {
    (0..24).rev().map(move |n| last + n * 2 * HOUR)
}

#[tokio::test]
async fn a_silence_longer_than_ever_is_told_once_and_so_is_its_end() {
    let world = World::start().await;
    let source = world.source(json!({})).await;
    world.hears(source, every_two_hours(3 * HOUR)).await;
    assert_eq!((world.look().await, world.look().await), (1, 0));
    let (kind, payload) = world.told(source).await.remove(0);
    assert_eq!((kind.as_str(), &payload["longest_pause_s"]), ("source.went_silent", &json!(7200)));
    assert!(world.is_shown(source).await, "the page says the same");

    world.hears(source, [0]).await;
    assert_eq!((world.look().await, world.look().await), (1, 0));
    assert_eq!(world.kinds(source).await, ["source.went_silent", "source.heard_again"]);
    assert!(!world.is_shown(source).await);
    // The row says what its events say.
    assert_eq!(world.number("select stream_version::bigint from read.sources").await, 3);
}

#[tokio::test]
async fn a_pause_as_long_as_one_before_is_nothing_new() {
    let world = World::start().await;
    let source = world.source(json!({})).await;
    world.hears(source, [7 * DAY, 5 * DAY].into_iter().chain(every_two_hours(DAY))).await;
    assert_eq!(world.look().await, 0);
    assert!(!world.is_shown(source).await);
}

#[tokio::test]
async fn a_silence_that_was_told_becomes_what_is_usual() {
    let world = World::start().await;
    let source = world.source(json!({})).await;
    world.hears(source, every_two_hours(30 * HOUR)).await;
    assert_eq!(world.look().await, 1);
    world.hears(source, [25 * HOUR, 2]).await;
    assert_eq!(world.look().await, 1);
    assert_eq!(world.kinds(source).await, ["source.went_silent", "source.heard_again"]);
    let longest = world.number("select longest_s::bigint from ops.source_rhythms").await;
    assert_eq!(longest, (25 * HOUR - 2) * 60);
    assert_eq!(world.number("select messages from ops.source_rhythms").await, 26);
}

#[tokio::test]
async fn nothing_is_said_before_there_is_a_rhythm_nor_of_less_than_an_hour() {
    let world = World::start().await;
    let mut sources = Vec::new();
    for _ in 0..4 {
        sources.push(world.source(json!({})).await);
    }
    // Nine messages; forty within a day; one every few minutes, silent for half an hour; none at all.
    world.hears(sources[0], (0..9).rev().map(|n| 10 * HOUR + n * 4 * HOUR)).await;
    world.hears(sources[1], (0..40).rev().map(|n| 5 * HOUR + n)).await;
    world.hears(sources[2], (0..100).rev().map(|n| 30 + n * 16)).await;
    assert_eq!(world.look().await, 0);
    for source in sources {
        assert!(!world.is_shown(source).await);
    }
}

#[tokio::test]
async fn nobody_hears_of_the_silence_of_a_source_that_is_paused_or_not_to_be_watched() {
    let world = World::start().await;
    let unwatched = world.source(json!({ "warn_when_silent": false })).await;
    let paused = world.source(json!({})).await;
    world.command(paused, SourceCommand::Pause).await;
    let deleted = world.source(json!({})).await;
    world.command(deleted, SourceCommand::Delete).await;
    for source in [unwatched, paused, deleted] {
        world.hears(source, every_two_hours(5 * HOUR)).await;
    }
    assert_eq!(world.look().await, 0);
    assert!(!world.is_shown(unwatched).await);
    world.command(paused, SourceCommand::Resume).await;
    assert_eq!(world.look().await, 1);
    assert_eq!(world.kinds(paused).await, ["source.went_silent"]);
}

#[tokio::test]
async fn many_that_look_at_once_tell_it_once() {
    let world = World::start().await;
    let mut sources = Vec::new();
    for _ in 0..20 {
        let source = world.source(json!({})).await;
        world.hears(source, every_two_hours(3 * HOUR)).await;
        sources.push(source);
    }
    let looks: Vec<_> = (0..8)
        .map(|_| {
            let database = world.test.database();
            tokio::spawn(async move { look_for_silence(database.engine()).await.unwrap() })
        })
        .collect();
    let mut told = 0;
    for look in looks {
        told += look.await.unwrap();
    }
    assert_eq!(told, 20);
    for source in sources {
        assert_eq!(world.kinds(source).await, ["source.went_silent"]);
    }
}

#[tokio::test]
async fn a_source_that_is_changed_meanwhile_is_told_of_at_the_next_look() {
    let world = World::start().await;
    let source = world.source(json!({})).await;
    world.hears(source, every_two_hours(3 * HOUR)).await;
    let database = world.test.database();
    let mut changing = database.tenant(world.tenant_id).await.unwrap();
    let metadata = Metadata::by(Actor::Operator);
    let rotate = SourceCommand::RotateSecret { secret_id: Uuid::nil(), old_valid_until: OffsetDateTime::UNIX_EPOCH };
    execute::<Source>(changing.connection(), world.tenant_id, source.uuid(), &metadata, rotate).await.unwrap();
    assert_eq!(world.look().await, 0);
    changing.commit().await.unwrap();
    assert_eq!(world.look().await, 1);
}

#[tokio::test]
async fn the_engine_looks_by_itself() {
    let world = World::start().await;
    let source = world.source(json!({})).await;
    world.hears(source, every_two_hours(3 * HOUR)).await;
    let engine = engine_on(&world.test);
    for _ in 0..600 {
        if !world.told(source).await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(world.kinds(source).await, ["source.went_silent"]);
    engine.drain(std::time::Duration::from_secs(5)).await;
}
