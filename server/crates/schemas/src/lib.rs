//! JSON Schemas that tenants write: checked, compiled, held against payloads, and made from an example.
//!
//! A schema and a payload both come from outside, so what they can cost is bounded before it is spent: see [`Schema`].

mod faults;
mod graph;
mod infer;
mod payload;
mod regex_cost;
mod schema;
mod work;

pub use infer::infer;
pub use schema::{SCHEMA_BYTES_MAX, Schema, SchemaError};
