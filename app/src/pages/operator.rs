//! The whole installation, for its operators. For everybody else there are no such pages.

mod event;
mod frame;
mod handlers;
mod headline;
mod mails;
mod queues;
pub mod server;
mod services;
mod system;
mod words;

pub use event::OperatorEventPage;
pub use handlers::OperatorHandlersPage;
pub use mails::{OperatorMailPage, OperatorMailsPage};
pub use services::OperatorServicesPage;
pub use system::OperatorPage;
