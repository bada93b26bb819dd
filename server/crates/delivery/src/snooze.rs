//! Not now: deliveries that wait for a place, a breaker or a person. No attempt is counted, and no event written; how
//! often a delivery had to wait for what is counted in `read.deferrals`.

use crate::jobs::{self, DELIVER_LATER_QUEUE, Due, JobId, JobPacker, NewJob};
use crate::load::LoadedDelivery;
use hookreel_domain::traffic::CancelCause;
use hookreel_event_store::Commit;
use hookreel_kernel::{Actor, Metadata};
use sqlx::{PgConnection, PgPool};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// Waits that end within the same span share jobs.
const TICK: Duration = Duration::from_millis(500);

/// Why a delivery waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Another look after this long.
    For(Duration, Deferral),
    /// Its attempt is under way and takes long. If nothing has been heard of it after this long, the process that
    /// made it is gone, and it is made again.
    AttemptUnderWay(Duration),
    /// Until the endpoint is resumed.
    ForResume,
    /// The endpoint is disabled or gone: for ever.
    Cancelled(CancelCause),
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deferral {
    BreakerOpen,
    /// As many attempts are under way as the endpoint takes at once.
    EndpointBusy,
    /// As many attempts are under way as one tenant may have at once.
    TenantBusy,
    EndpointPaused,
    /// Its secret or its headers cannot be decrypted.
    EndpointUnreadable,
}

impl Deferral {
    const fn as_str(self) -> &'static str {
        match self {
            Self::BreakerOpen => "breaker_open",
            Self::EndpointBusy => "endpoint_busy",
            Self::TenantBusy => "tenant_busy",
            Self::EndpointPaused => "endpoint_paused",
            Self::EndpointUnreadable => "endpoint_unreadable",
        }
    }
}

/// A delivery that waits.
#[derive(Debug, Clone)]
pub(crate) struct Snoozed {
    pub(crate) due: Due,
    pub(crate) stream_version: i32,
    pub(crate) body_bytes: usize,
    pub(crate) wait: Wait,
    /// It had ended before a person asked for one more attempt: its state stays.
    pub(crate) had_ended: bool,
}

impl Snoozed {
    pub(crate) const fn new(delivery: &LoadedDelivery, wait: Wait) -> Self {
        Self {
            due: delivery.due(),
            stream_version: delivery.stream_version,
            body_bytes: delivery.body.len(),
            wait,
            had_ended: delivery.ended_as.is_some(),
        }
    }
}

/// The writer of waits.
#[derive(Debug)]
pub(crate) struct SnoozeDeliveries {
    pool: PgPool,
}

impl SnoozeDeliveries {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

impl Commit for SnoozeDeliveries {
    type Item = Snoozed;
    type Outcome = ();
    type Error = sqlx::Error;

    fn bytes(_: &Snoozed) -> usize {
        256
    }

    async fn commit(&self, items: &[Snoozed]) -> Result<Vec<()>, sqlx::Error> {
        let (jobs, job_ids) = waiting_jobs(items);
        let tenant_ids: Vec<Uuid> = items.iter().map(|i| i.due.tenant_id.uuid()).collect();
        let delivery_ids: Vec<Uuid> = items.iter().map(|i| i.due.delivery_id.uuid()).collect();
        let versions: Vec<i32> = items.iter().map(|i| i.stream_version).collect();
        let job_texts: Vec<Option<&str>> = job_ids.iter().map(|id| id.as_ref().map(JobId::as_str)).collect();
        let delays: Vec<Option<f64>> =
            items.iter().map(|i| delay_of(i.wait).map(|delay| delay.as_secs_f64())).collect();
        let states: Vec<Option<&str>> =
            items.iter().map(|i| if i.had_ended { None } else { state_of(i.wait) }).collect();

        let deferrals: Vec<Option<&str>> = items.iter().map(|i| deferral_of(i.wait).map(Deferral::as_str)).collect();
        let causes: Vec<Option<&str>> = items.iter().map(cause_of).collect();
        let engine = serde_json::to_value(Metadata::by(Actor::system("engine"))).unwrap_or_default();

        let mut transaction = self.pool.begin().await?;
        // The version guard keeps a wait from undoing what happened in the meantime.
        sqlx::query!(
            "update read.deliveries d
             set state = coalesce(u.state, case when d.state <> 'in_flight' then d.state
                                                when d.attempts = 0 then 'pending' else 'retrying' end),
                 due_at = now() + make_interval(secs => u.delay), job_id = u.job_id, deferred_because = u.deferral,
                 cancelled_because = coalesce(u.cause, d.cancelled_because),
                 cancelled_by = case when u.cause is null then d.cancelled_by else $9::jsonb end
             from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::float8[], $6::text[], $7::text[],
                         $8::text[])
                 as u (tenant_id, delivery_id, version, job_id, delay, state, deferral, cause)
             where d.tenant_id = u.tenant_id and d.delivery_id = u.delivery_id and d.stream_version = u.version
               and d.due_at is not null",
            &tenant_ids,
            &delivery_ids,
            &versions,
            &job_texts as &[Option<&str>],
            &delays as &[Option<f64>],
            &states as &[Option<&str>],
            &deferrals as &[Option<&str>],
            &causes as &[Option<&str>],
            engine,
        )
        .execute(&mut *transaction)
        .await?;
        note_deferrals(&mut transaction, items).await?;
        jobs::insert_jobs(&mut transaction, &jobs).await?;
        transaction.commit().await?;
        Ok(vec![(); items.len()])
    }
}

async fn note_deferrals(connection: &mut PgConnection, items: &[Snoozed]) -> Result<(), sqlx::Error> {
    let put_off = items.iter().filter_map(|item| Some((item, deferral_of(item.wait)?)));
    let (mut tenant_ids, mut delivery_ids, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    for (item, deferral) in put_off {
        tenant_ids.push(item.due.tenant_id.uuid());
        delivery_ids.push(item.due.delivery_id.uuid());
        reasons.push(deferral.as_str());
    }
    if reasons.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into read.deferrals as d (tenant_id, delivery_id, reason, times, first_at, last_at)
         select tenant_id, delivery_id, reason, count(*), now(), now()
         from unnest($1::uuid[], $2::uuid[], $3::text[]) as u (tenant_id, delivery_id, reason)
         group by tenant_id, delivery_id, reason
         order by tenant_id, delivery_id, reason
         on conflict (tenant_id, delivery_id, reason) do update
         set times = d.times + excluded.times, last_at = excluded.last_at",
        &tenant_ids,
        &delivery_ids,
        &reasons as &[&str],
    )
    .execute(connection)
    .await
    .map(drop)
}

const fn deferral_of(wait: Wait) -> Option<Deferral> {
    match wait {
        Wait::For(_, deferral) => Some(deferral),
        Wait::ForResume => Some(Deferral::EndpointPaused),
        Wait::AttemptUnderWay(_) | Wait::Cancelled(_) => None,
    }
}

/// Why a delivery ends here; one that had ended before stays as it was.
fn cause_of(item: &Snoozed) -> Option<&'static str> {
    match item.wait {
        Wait::Cancelled(cause) if !item.had_ended => Some(cause.as_str()),
        _ => None,
    }
}

const fn delay_of(wait: Wait) -> Option<Duration> {
    match wait {
        Wait::For(delay, _) | Wait::AttemptUnderWay(delay) => Some(delay),
        Wait::ForResume | Wait::Cancelled(_) => None,
    }
}

/// The state a wait puts a delivery in; `None`: what its attempts say.
const fn state_of(wait: Wait) -> Option<&'static str> {
    match wait {
        Wait::AttemptUnderWay(_) => Some("in_flight"),
        Wait::Cancelled(_) => Some("cancelled"),
        Wait::For(..) | Wait::ForResume => None,
    }
}

fn waiting_jobs(items: &[Snoozed]) -> (Vec<NewJob>, Vec<Option<JobId>>) {
    let mut packers: BTreeMap<u128, JobPacker> = BTreeMap::new();
    let job_ids = items
        .iter()
        .map(|item| {
            let ticks = delay_of(item.wait)?.as_millis().div_ceil(TICK.as_millis());
            let delay = TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX));
            let packer = packers.entry(ticks).or_insert_with(|| JobPacker::new(DELIVER_LATER_QUEUE, delay));
            Some(packer.add(item.due, item.body_bytes).clone())
        })
        .collect();
    (packers.into_values().flat_map(JobPacker::into_jobs).collect(), job_ids)
}
