//! What people see: the pages, the components they are made of, and the server functions behind them.
//!
//! Built twice: with `ssr` into the server, which renders every page, and with `hydrate` into the browser's
//! module, which takes the rendered page over. Everything also works before that, and without JavaScript.

// Views nest deeply, and so do their types.
#![recursion_limit = "512"]

pub mod app;
pub mod clock;
pub mod components;
pub mod error;
pub mod forms;
pub mod live;
pub mod origin;
pub mod outdated;
pub mod pages;
pub mod query;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod server;
pub mod session;
pub mod theme;
pub mod time_text;

pub use app::{App, shell};
