//! One run of one scenario: set up, warm up, send, wait for the last delivery, account.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::account::{Accountant, Sample};
use crate::api::Api;
use crate::hostile::bother;
use crate::load::{Outcome, Sender};
use crate::payload::now_ns;
use crate::receiver::Receiver;
use crate::report::{Latency, Report};
use crate::scenario::{Entrance, Pace, Scenario};
use crate::target::Target;

/// Messages that fill pools and caches before anything is counted.
const WARM_UP: usize = 50;
/// A run is over when nothing has arrived for so long.
const IDLE_LIMIT: Duration = Duration::from_secs(30);
/// What the server still does after the last delivery (recording it) is part of the cost.
const SETTLING: Duration = Duration::from_secs(1);
/// Until those that bother the server are all there.
const GATHERING: Duration = Duration::from_secs(3);

pub(crate) async fn run(
    scenario: &Scenario,
    api: &Api,
    floor: Option<&str>,
    accountant: &Accountant,
) -> Result<Report> {
    let run = now_ns() ^ u64::from(std::process::id()) << 32;
    // The last numbers are the warm-up's.
    let receiver = Receiver::start(run, &scenario.endpoints, scenario.messages + WARM_UP).await?;
    let target = match scenario.entrance {
        Entrance::Api => {
            let name = format!("bench-{}-{run:x}", scenario.name);
            Target::Application { api: api.clone(), id: api.create_application(&name, &receiver.urls()?).await? }
        }
        Entrance::Source => Target::source(api).await?,
        Entrance::Read => Target::Floor { authority: floor_authority(floor)?, path: "/read" },
        Entrance::Insert => Target::Floor { authority: floor_authority(floor)?, path: "/insert" },
    };
    let sender = Sender { target, run };

    let warm = sender.send(scenario.messages..scenario.messages + WARM_UP, Pace::Closed { senders: 8 }).await;
    if warm.accepted.len() != WARM_UP {
        bail!("messages were refused during the warm-up: {:?}", warm.refused);
    }
    wait_for(&receiver, (WARM_UP * scenario.healthy()) as u64).await;
    tokio::time::sleep(SETTLING).await;
    let warm_attempts: u64 = attempts(&receiver);

    let neighbour = if scenario.is_bothered { Some(Target::source(api).await?) } else { None };
    let hostile = neighbour.as_ref().and_then(Target::inbound).map(|(authority, path)| bother(authority, path));
    if hostile.is_some() {
        tokio::time::sleep(GATHERING).await;
    }

    let before = accountant.sample().await?;
    let outcome = sender.send(0..scenario.messages, scenario.pace).await;
    let expected = outcome.accepted.len() * scenario.healthy();
    wait_for(&receiver, (expected + WARM_UP * scenario.healthy()) as u64).await;
    tokio::time::sleep(SETTLING).await;
    let after = accountant.sample().await?;

    drop(hostile);
    if let Some(neighbour) = neighbour {
        neighbour.remove().await?;
    }

    let report = account(scenario, &receiver, &outcome, &before, &after, warm_attempts);
    sender.target.remove().await?;
    Ok(report)
}

fn floor_authority(floor: Option<&str>) -> Result<String> {
    floor.map(str::to_owned).context("`--floor` says where what receiving is measured against listens")
}

/// Until so many deliveries have arrived, or none has for a while.
async fn wait_for(receiver: &Receiver, deliveries: u64) {
    let (mut last, mut since) = (receiver.delivered(), Instant::now());
    while last < deliveries && since.elapsed() < IDLE_LIMIT {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let now = receiver.delivered();
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
}

fn attempts(receiver: &Receiver) -> u64 {
    receiver.endpoints().iter().map(|endpoint| endpoint.attempts.load(std::sync::atomic::Ordering::Relaxed)).sum()
}

fn account(
    scenario: &Scenario,
    receiver: &Receiver,
    outcome: &Outcome,
    before: &Sample,
    after: &Sample,
    warm_attempts: u64,
) -> Report {
    let accepted = &outcome.accepted;
    let healthy = receiver.endpoints().iter().filter(|endpoint| endpoint.behaviour.is_healthy());
    let arrivals: Vec<(u64, u64)> = healthy
        .clone()
        .flat_map(|endpoint| accepted.iter().filter_map(|sent| Some((sent.began_at, endpoint.arrival(sent.number)?))))
        .collect();
    let first_sent = accepted.iter().map(|sent| sent.began_at).min().unwrap_or_default();
    let last_accepted = accepted.iter().map(|sent| sent.accepted_at).max().unwrap_or_default();
    let last_arrival = arrivals.iter().map(|(_, arrival)| *arrival).max().unwrap_or_default();
    let rate = |count: usize, until: u64| count as f64 * 1e9 / until.saturating_sub(first_sent).max(1) as f64;
    // Where nothing is delivered, what was accepted is what the work was for.
    let counted = if scenario.endpoints.is_empty() { accepted.len() } else { arrivals.len() };
    let per_delivery = |amount: f64| amount / counted.max(1) as f64;
    let (server, postgres) = (after.server_cpu - before.server_cpu, after.postgres_cpu - before.postgres_cpu);
    let own = after.own_cpu - before.own_cpu;
    Report {
        scenario: scenario.name,
        title: scenario.title,
        messages: scenario.messages,
        accepted: accepted.len(),
        refused: outcome.refused.clone(),
        accepted_per_s: rate(accepted.len(), last_accepted),
        accept: Latency::of(accepted.iter().map(|sent| sent.accepted_at.saturating_sub(sent.began_at)).collect()),
        deliveries: arrivals.len(),
        deliveries_per_s: rate(arrivals.len(), last_arrival),
        delivery: Latency::of(arrivals.iter().map(|(sent, arrival)| arrival.saturating_sub(*sent)).collect()),
        lost: (accepted.len() * scenario.healthy()).saturating_sub(arrivals.len()),
        duplicates: healthy.map(|endpoint| endpoint.duplicates.load(std::sync::atomic::Ordering::Relaxed)).sum(),
        attempts: attempts(receiver) - warm_attempts,
        strangers: receiver.strangers(),
        sender_lag_ms: outcome.lag.as_secs_f64() * 1e3,
        window_s: after.at.duration_since(before.at).as_secs_f64(),
        server_cpu_ms_per_delivery: per_delivery(server * 1e3),
        postgres_cpu_ms_per_delivery: per_delivery(postgres * 1e3),
        harness_cpu_s: own,
        other_cpu_s: (after.machine_cpu - before.machine_cpu - server - postgres - own).max(0.0),
        wal_bytes_per_delivery: per_delivery(after.wal.saturating_sub(before.wal) as f64),
        commits_per_delivery: per_delivery(after.commits.saturating_sub(before.commits) as f64),
        server_memory_mib: after.server_memory as f64 / f64::from(1 << 20),
    }
}
