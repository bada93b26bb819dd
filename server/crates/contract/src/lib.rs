//! What the dashboard and the services agree on: views, filters, inputs, errors. Safe for wasm.
//!
//! This is not the public API: that is `hookreel_http::v1`.

pub mod error;
pub mod input;
pub mod page;
pub mod recovery;
pub mod repository;
pub mod source;
pub mod views;

pub use error::{ApiError, FieldError};
pub use page::{Cursor, Page};
