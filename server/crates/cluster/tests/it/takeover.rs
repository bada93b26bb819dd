//! What a process leaves behind that had no chance to clean up.

use std::process::Command;
use std::time::Duration;

use hookreel_cluster::{Binaries, Cluster, Origin};

use crate::scratch::{Scratch, is_alive, psql, signal};

/// Ends like a process that was killed: the locks are released, the server stays.
///
/// A helper process holds the cluster and is killed, because only the kernel can drop the locks without the destructor.
/// Returns its process id and URL.
fn abandoned(scratch: &Scratch) -> (u32, String) {
    let program = std::env::current_exe().unwrap();
    let mut holder = Command::new(program)
        .args(["--exact", "takeover::holder_of_a_cluster", "--nocapture"])
        .env("HOOKREEL_TEST_HOLD", scratch.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let ready = scratch.path().join("ready");
    while !ready.exists() {
        assert!(holder.try_wait().unwrap().is_none(), "the holder ended early");
        std::thread::sleep(Duration::from_millis(20));
    }
    holder.kill().unwrap();
    holder.wait().unwrap();
    let written = std::fs::read_to_string(ready).unwrap();
    let (pid, url) = written.split_once('\n').unwrap();
    (pid.parse().unwrap(), url.to_owned())
}

/// Not a test of its own: the process that [`abandoned`] kills.
#[tokio::test]
async fn holder_of_a_cluster() {
    let Some(path) = std::env::var_os("HOOKREEL_TEST_HOLD") else { return };
    let path = std::path::PathBuf::from(path);
    let config = hookreel_cluster::ClusterConfig::scratch(path.join("data")).setting("shared_buffers", "16MB");
    let cluster = Cluster::start(config).await.unwrap();
    psql(&cluster, "create table kept as select 42 as answer");
    psql(&cluster, "checkpoint");
    let found = format!("{}\n{}", cluster.postmaster_pid(), cluster.admin_url());
    std::fs::write(path.join("ready.tmp"), found).unwrap();
    std::fs::rename(path.join("ready.tmp"), path.join("ready")).unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_server_left_running_is_adopted_and_gets_the_new_settings() {
    let scratch = Scratch::new();
    let (pid, _) = abandoned(&scratch);
    assert!(is_alive(pid));
    let cluster = Cluster::start(scratch.config().setting("work_mem", "5MB")).await.unwrap();
    assert_eq!(cluster.origin(), Origin::Adopted);
    assert_eq!(cluster.postmaster_pid(), pid);
    assert_eq!(psql(&cluster, "select answer from kept"), "42");
    // The server reads them again when it comes to it.
    for _ in 0..600 {
        if psql(&cluster, "show work_mem") == "5MB" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(psql(&cluster, "show work_mem"), "5MB");
    cluster.stop().await.unwrap();
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn a_server_that_was_killed_is_started_again() {
    let scratch = Scratch::new();
    let (pid, _) = abandoned(&scratch);
    signal(pid, "KILL");
    let cluster = Cluster::start(scratch.config()).await.unwrap();
    assert_eq!(cluster.origin(), Origin::Started);
    assert_eq!(psql(&cluster, "select answer from kept"), "42");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_shutting_down_is_waited_for() {
    let scratch = Scratch::new();
    let (pid, url) = abandoned(&scratch);
    // A smart shutdown waits for this session, until the start loses patience with it.
    let client = Binaries::find(None).unwrap().program("psql");
    let mut session =
        Command::new(client).args(["--command", "select pg_sleep(300)"]).arg(url).current_dir("/").spawn().unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    signal(pid, "TERM");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let cluster = Cluster::start(scratch.config()).await.unwrap();
    assert_ne!(cluster.postmaster_pid(), pid);
    assert_eq!(psql(&cluster, "select answer from kept"), "42");
    cluster.stop().await.unwrap();
    assert!(!session.wait().unwrap().success());
}

#[tokio::test]
async fn a_server_in_crash_recovery_is_waited_for() {
    let scratch = Scratch::new();
    let (pid, _) = abandoned(&scratch);
    signal(pid, "QUIT");
    let cluster = Cluster::start(scratch.config()).await.unwrap();
    assert_eq!(psql(&cluster, "select answer from kept"), "42");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_pid_file_whose_number_belongs_to_a_stranger_does_not_stop_the_start() {
    let scratch = Scratch::new();
    Cluster::start(scratch.config()).await.unwrap().stop().await.unwrap();
    let data = scratch.path().join("data/postgres");
    let own = std::process::id();
    let text = format!("{own}\n{}\n1700000000\n5432\n/nowhere\n\n  1 1\nready\n", data.display());
    std::fs::write(data.join("postmaster.pid"), text).unwrap();
    let cluster = Cluster::start(scratch.config()).await.unwrap();
    assert_eq!(psql(&cluster, "select 1"), "1");
    cluster.stop().await.unwrap();
    assert!(is_alive(own));
}

#[tokio::test]
async fn a_half_made_cluster_is_made_anew() {
    let scratch = Scratch::new();
    std::fs::create_dir_all(scratch.path().join("data/postgres.new-1-1/base")).unwrap();
    let cluster = Cluster::start(scratch.config()).await.unwrap();
    assert_eq!(psql(&cluster, "select 1"), "1");
    cluster.stop().await.unwrap();
    assert!(!scratch.path().join("data/postgres.new-1-1").exists());
}

#[tokio::test]
async fn a_server_that_dies_in_use_is_started_again_on_request() {
    let scratch = Scratch::new();
    let mut cluster = Cluster::start(scratch.config()).await.unwrap();
    psql(&cluster, "create table kept as select 42 as answer");
    // A scratch cluster does not wait for its log to reach the disk.
    psql(&cluster, "checkpoint");
    assert!(!cluster.ensure_running().await.unwrap());
    let pid = cluster.postmaster_pid();
    signal(pid, "QUIT");
    while is_alive(pid) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let _ = cluster.is_running();
    }
    assert!(cluster.ensure_running().await.unwrap());
    assert_eq!(psql(&cluster, "select answer from kept"), "42");
    cluster.stop().await.unwrap();
}
