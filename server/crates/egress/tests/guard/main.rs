//! The way out, and everything that must not find it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod addresses;
mod allowances;
mod names;
mod secured;
mod sending;
mod spellings;
mod support;
mod trouble;
