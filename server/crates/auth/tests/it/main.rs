//! People, sessions and keys on a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has to fail loudly")]

mod api_keys;
mod browsers;
mod credentials;
mod mail_tokens;
mod operators;
mod sessions;
mod support;
