//! The repository of GitHub that sends to a source: connected in two steps, looked after, and disconnected.

pub mod alive;
pub mod choose;
pub mod connect;
pub mod events;
pub mod look;
pub mod missed;
pub mod panel;
pub mod server;
pub mod token;

pub use connect::Connect;
pub use missed::{Missed, event_text};
pub use panel::RepositoryTab;

use crate::query::use_query;
use leptos::prelude::*;

/// Whether GitHub may be asked for what a part of the page shows. With JavaScript it is, once the page is there: a slow
/// GitHub holds up nothing else. Without, the address says so.
fn is_asked_for(query: &'static str) -> Memo<bool> {
    let asked = use_query(query);
    // A page that the browser has made by itself is there at once.
    let was_rendered =
        cfg!(feature = "ssr") || Owner::current_shared_context().is_some_and(|context| context.during_hydration());
    let is_there = RwSignal::new(!was_rendered);
    Effect::new(move |_| is_there.set(true));
    Memo::new(move |_| is_there.get() || asked.get().is_some())
}
