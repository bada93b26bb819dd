//! The engine against a real PostgreSQL, real apalis workers and real HTTP endpoints.

mod accepting;
mod delivering;
mod faults;
mod replaying;
mod support;
