//! The whole installation, for its operators. For everybody else there are no such pages.

pub mod event;
pub mod frame;
pub mod handlers;
mod headline;
pub mod mails;
mod queues;
pub mod server;
pub mod services;
pub mod system;
mod words;

pub use event::OperatorEventPage;
pub use handlers::OperatorHandlersPage;
pub use mails::{OperatorMailPage, OperatorMailsPage};
pub use services::OperatorServicesPage;
pub use system::OperatorPage;
