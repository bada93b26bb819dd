//! Making, stopping, starting again, sharing.

use std::path::PathBuf;
use std::time::Duration;

use hookreel_cluster::{Binaries, Cluster, ClusterError, Origin, StopOutcome};

use crate::scratch::{Scratch, is_alive, psql};

#[tokio::test]
async fn a_new_cluster_takes_connections_and_a_restart_keeps_its_data() {
    let scratch = Scratch::new();
    let cluster = Cluster::start(scratch.config()).await.unwrap();
    assert_eq!(cluster.origin(), Origin::Started);
    assert_eq!(psql(&cluster, "show server_encoding"), "UTF8");
    assert_eq!(psql(&cluster, "show listen_addresses"), "");
    assert_eq!(psql(&cluster, "show fsync"), "off");
    assert_eq!(psql(&cluster, "show shared_buffers"), "16MB");
    assert_eq!(psql(&cluster, "select lower('ÄÖ')"), "äö");
    psql(&cluster, "create table kept as select 42 as answer");
    let pid = cluster.postmaster_pid();
    assert_eq!(cluster.stop().await.unwrap(), StopOutcome::Stopped);
    assert!(!is_alive(pid));

    let cluster = Cluster::start(scratch.config()).await.unwrap();
    assert_eq!(psql(&cluster, "select answer from kept"), "42");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_socket_directory_is_closed_to_other_users() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let cluster = Cluster::start(scratch.config()).await.unwrap();
    let mode = std::fs::metadata(cluster.socket_directory()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_data_directory_with_a_long_path_still_gets_a_short_socket_path() {
    let scratch = Scratch::new();
    let mut config = scratch.config();
    config.data_dir = scratch.path().join("a".repeat(120)).join("with blanks and ümlauts");
    let cluster = Cluster::start(config).await.unwrap();
    assert!(cluster.socket_directory().as_os_str().len() < 80);
    assert_eq!(psql(&cluster, "select 1"), "1");
    let socket_directory = cluster.socket_directory().to_path_buf();
    cluster.stop().await.unwrap();
    assert!(!socket_directory.exists());
}

#[tokio::test]
async fn the_last_of_several_users_stops_the_server() {
    let scratch = Scratch::new();
    let first = Cluster::start(scratch.config()).await.unwrap();
    let second = Cluster::attach(scratch.path().join("data")).await.unwrap();
    assert_eq!(second.origin(), Origin::Shared);
    assert_eq!(second.postmaster_pid(), first.postmaster_pid());
    // Attaching does not change the settings of the one that started it.
    assert_eq!(psql(&second, "show fsync"), "off");

    let pid = first.postmaster_pid();
    assert_eq!(first.stop().await.unwrap(), StopOutcome::LeftToOthers);
    assert_eq!(psql(&second, "select 1"), "1");
    assert_eq!(second.stop().await.unwrap(), StopOutcome::Stopped);
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn dropping_the_last_user_stops_the_server() {
    let scratch = Scratch::new();
    let cluster = Cluster::start(scratch.config()).await.unwrap();
    let pid = cluster.postmaster_pid();
    drop(cluster);
    // It is not waited for as long as a slow machine may take.
    for _ in 0..600 {
        if !is_alive(pid) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn concurrent_starts_end_with_one_server() {
    let scratch = Scratch::new();
    let (one, two, three) = tokio::join!(
        Cluster::start(scratch.config()),
        Cluster::start(scratch.config()),
        Cluster::start(scratch.config()),
    );
    let clusters = [one.unwrap(), two.unwrap(), three.unwrap()];
    let pid = clusters[0].postmaster_pid();
    assert!(clusters.iter().all(|cluster| cluster.postmaster_pid() == pid));
    let mut stopped = 0;
    for cluster in clusters {
        stopped += u32::from(cluster.stop().await.unwrap() == StopOutcome::Stopped);
    }
    assert_eq!(stopped, 1);
}

#[tokio::test]
async fn attaching_to_an_empty_directory_creates_nothing() {
    let scratch = Scratch::new();
    let missing = scratch.path().join("data");
    assert!(matches!(Cluster::attach(&missing).await, Err(ClusterError::NoCluster { .. })));
    assert!(!missing.exists());
}

#[tokio::test]
async fn a_setting_the_server_refuses_is_shown_in_the_error() {
    let scratch = Scratch::new();
    let error = Cluster::start(scratch.config().setting("work_mem", "plenty")).await.unwrap_err();
    assert!(error.to_string().contains("work_mem"), "{error}");
    // And the next start, without it, works.
    Cluster::start(scratch.config()).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn data_of_another_version_is_refused_with_the_version_to_install() {
    let scratch = Scratch::new();
    Cluster::start(scratch.config()).await.unwrap().stop().await.unwrap();
    std::fs::write(scratch.path().join("data/postgres/PG_VERSION"), "9\n").unwrap();
    let error = Cluster::start(scratch.config()).await.unwrap_err().to_string();
    assert!(error.contains("postgresql-9"), "{error}");
}

#[test]
fn missing_server_programs_are_named_with_the_remedy() {
    let error = Binaries::choose(vec![PathBuf::from("/nowhere")], None).unwrap_err();
    assert!(matches!(error, ClusterError::BinariesNotFound { .. }));
    assert!(error.to_string().contains("apt-get install postgresql"));
}
