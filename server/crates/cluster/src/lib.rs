//! The embedded PostgreSQL: finds the server programs of the machine, keeps one database cluster in a
//! directory, and hands out connection URLs.
//!
//! # Who may connect
//! The server listens on one Unix socket and on no TCP address. The socket's directory has mode 0700 and
//! belongs to the account the server runs as; inside it every connection is trusted, without a password.
//! So exactly that account, and root, can connect: whoever can open the socket could as well read the
//! data files. That is the whole security model; there is no secret to keep or to lose.
//!
//! # Root
//! PostgreSQL refuses to run as root. Started by root, it runs as the user `postgres` (else `nobody`), or as
//! whoever owns an existing cluster, and the cluster's files belong to that user.
//!
//! # Sharing and takeover
//! Any number of processes may hold a [`Cluster`] on the same directory. The first starts the server, the
//! last one that leaves stops it. A process that was killed leaves its server running, starting, stopping or
//! crashed: the next [`Cluster::start`] deals with each of these and ends with a usable server.

mod account;
mod adopt;
mod binaries;
mod cluster;
mod config;
mod error;
mod files;
mod initdb;
mod layout;
mod locks;
mod postmaster;
mod probe;
mod settings;

pub use account::unreachable_directory;
pub use binaries::{Binaries, PG_BIN_VARIABLE};
pub use cluster::{Cluster, Origin, StopOutcome};
pub use config::ClusterConfig;
pub use error::ClusterError;
