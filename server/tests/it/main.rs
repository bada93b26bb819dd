//! The program as it is run: started as a process, asked over HTTP, stopped by signals.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has to fail loudly")]

mod admin;
mod answers;
mod behind_proxies;
mod dashboard;
mod embedded;
mod hang_ups;
mod hostile_senders;
mod http2_senders;
mod kill;
mod mails;
mod process;
mod sent_heads;
mod slow_senders;
mod starting;
mod tenant;
