//! What tests stand on: a real database of their own, and endpoints that behave as told. Dev-dependency only.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has to fail loudly")]

mod database;
mod mail_server;
mod receiver;

pub use database::TestDatabase;
pub use mail_server::MailServer;
pub use receiver::{Answer, FakeReceiver, ReceivedRequest};
