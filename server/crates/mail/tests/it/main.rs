//! What mails say, and how they get to a real mail server.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod configuration;
mod delivered;
mod hostile;
mod samples;
mod secured;
mod server;
mod trouble;
mod words;
