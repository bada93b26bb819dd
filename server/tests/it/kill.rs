//! The server is killed, its PostgreSQL is killed and its jobs are thrown away while messages come in; afterwards
//! nothing that was acknowledged may be missing anywhere.

mod load;
mod random;
mod sink;
mod site;
mod verdict;

use load::Load;
use random::Random;
use sink::Sink;
use site::Site;
use std::time::Duration;

const KILLS: usize = 20;
/// The rounds in which PostgreSQL is stopped at once under the running server, too.
const POSTGRES_STOPS: [usize; 3] = [4, 10, 16];
/// The round in which every job is thrown away, too.
const TRUNCATION: usize = 13;
/// How long a server that is back, or whose PostgreSQL is gone, may take until it acknowledges messages.
const RECOVERY_LIMIT: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_server_and_its_database_are_killed() {
    let mut random = Random::from_environment();
    println!("seed {}", random.seed());
    let sink = Sink::start().await;
    let mut site = Site::start(&sink).await;
    let load = Load::start(&site);
    let mut recovery = Duration::ZERO;
    for round in 1..=KILLS {
        recovery = recovery.max(load.acknowledges_again(RECOVERY_LIMIT).await);
        random.pause(50, 1_200).await;
        if POSTGRES_STOPS.contains(&round) {
            site.stop_postgres_at_once().await;
            recovery = recovery.max(load.acknowledges_again(RECOVERY_LIMIT).await);
            random.pause(50, 600).await;
        }
        if round == TRUNCATION {
            site.throw_jobs_away().await;
            random.pause(50, 600).await;
        }
        site.kill().await;
        site.start_again().await;
    }
    let (sent, acknowledged) = load.heal().await;
    let verdict = verdict::reach(&site, &sink, &acknowledged).await;
    println!(
        "kills {KILLS}, stops of PostgreSQL {}, messages {}, acknowledged {}, lost {}, orphans {}, duplicates {}, \
         slowest recovery {:.1} s, seed {}",
        POSTGRES_STOPS.len(),
        sent,
        acknowledged.len(),
        verdict.lost.len(),
        verdict.orphans,
        verdict.duplicates,
        recovery.as_secs_f64(),
        random.seed(),
    );
    verdict.assert_nothing_is_wrong();
    assert!(acknowledged.len() > KILLS * 10, "the load was too small to prove anything: {}", acknowledged.len());
    site.stop().await;
}
