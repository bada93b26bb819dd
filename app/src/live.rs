//! Live pages: one stream of server-sent events per tab says that something changed; pages then read again what
//! they show. The stream itself carries no data.

use crate::error::AppError;
use crate::outdated::rereading;
use crate::query::use_query;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// A delivery was made or moved on.
    Delivery,
    /// A message came in.
    Message,
    /// A replay moved on.
    Replay,
    /// An endpoint was changed.
    Endpoint,
    /// A source was changed, or a provider asked it something.
    Source,
    /// The plan was changed, what is paid for it, or what is used.
    Usage,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 6] = [Self::Delivery, Self::Message, Self::Replay, Self::Endpoint, Self::Source, Self::Usage];

    /// The name of its event in the stream.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Message => "message",
            Self::Replay => "replay",
            Self::Endpoint => "endpoint",
            Self::Source => "source",
            Self::Usage => "usage",
        }
    }
}

/// What has come in since the page was opened. Context of the whole application.
#[derive(Debug, Clone, Copy)]
pub struct Live {
    changes: [RwSignal<u64>; 6],
    /// Whether rows wait because the reader is further down the page.
    held: RwSignal<bool>,
    /// Counts how often the reader has asked for them.
    released: RwSignal<u64>,
    /// Counts what the person has done on this page.
    acted: RwSignal<u64>,
}

impl Live {
    /// Makes live updates known to every page; [`Live::listen`] starts them.
    pub fn provide() {
        provide_context(Self {
            changes: std::array::from_fn(|_| RwSignal::new(0)),
            held: RwSignal::new(false),
            released: RwSignal::new(0),
            acted: RwSignal::new(0),
        });
    }

    /// How many changes of a topic there were, a burst counted once.
    pub fn changes(self, topic: Topic) -> RwSignal<u64> {
        let [delivery, message, replay, endpoint, source, usage] = self.changes;
        match topic {
            Topic::Delivery => delivery,
            Topic::Message => message,
            Topic::Replay => replay,
            Topic::Endpoint => endpoint,
            Topic::Source => source,
            Topic::Usage => usage,
        }
    }

    /// Whether rows wait.
    pub fn held(self) -> Signal<bool> {
        self.held.into()
    }

    /// Shows the rows that wait.
    pub fn release(self) {
        self.held.set(false);
        self.released.update(|count| *count += 1);
    }

    /// The person has changed something: what is shown is read again.
    pub fn note_action(self) {
        self.acted.update(|count| *count += 1);
    }

    /// How often the person has changed something.
    pub fn actions(self) -> Signal<u64> {
        self.acted.into()
    }

    /// Opens the stream for as long as the calling component lives. Does nothing on the server.
    pub fn listen() {
        #[cfg(feature = "hydrate")]
        if let Some(live) = use_context::<Self>() {
            stream::open(live);
        }
    }
}

/// Reads a resource again when something of these topics changes.
pub fn refetch_on<T>(topics: &'static [Topic], resource: Resource<Result<T, AppError>>)
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    on_change(topics, rereading(resource));
}

/// Reads the first page of a list again when something of these topics changes. Older pages stand still, and so does
/// a list whose reader has scrolled down: the shell then offers the new rows.
pub fn refetch_on_first_page<T>(topics: &'static [Topic], resource: Resource<Result<T, AppError>>)
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let Some(live) = use_context::<Live>() else { return };
    let cursor = use_query("cursor");
    let pathname = use_location().pathname;
    let read_again = rereading(resource);
    let read_at_once = read_again.clone();
    on_change(topics, move || {
        if cursor.get_untracked().is_some() {
            return;
        }
        if is_scrolled_down() {
            live.held.set(true);
        } else {
            read_at_once();
        }
    });
    Effect::new(move |seen: Option<u64>| {
        let released = live.released.get();
        if seen.is_some_and(|seen| seen != released) {
            read_again();
        }
        released
    });
    Effect::new(move |_| {
        pathname.track();
        cursor.track();
        live.held.set(false);
    });
}

fn on_change(topics: &'static [Topic], act: impl Fn() + Send + Sync + 'static) {
    let Some(live) = use_context::<Live>() else { return };
    Effect::new(move |seen: Option<u64>| {
        let changes = topics.iter().map(|topic| live.changes(*topic).get()).sum();
        if seen.is_some_and(|seen| seen != changes) {
            act();
        }
        changes
    });
}

fn is_scrolled_down() -> bool {
    /// Further than this, new rows would move what is being read, in CSS pixels.
    const TOP_PX: f64 = 160.0;
    #[cfg(feature = "hydrate")]
    {
        window().scroll_y().is_ok_and(|y| y > TOP_PX)
    }
    #[cfg(not(feature = "hydrate"))]
    {
        TOP_PX < 0.0
    }
}

#[cfg(feature = "hydrate")]
mod stream {
    use super::{Live, Topic};
    use leptos::leptos_dom::helpers::set_timeout;
    use leptos::prelude::*;
    use std::time::Duration;
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen::closure::Closure;
    use web_sys::{Event, EventSource};

    /// Changes that come in a burst are one change for the reader.
    const BURST: Duration = Duration::from_millis(300);

    pub(super) fn open(live: Live) {
        // An Effect, so that the page is taken over first.
        Effect::new(move |_| {
            let Ok(source) = EventSource::new("/live") else { return };
            let listeners: Vec<_> = Topic::ALL.into_iter().map(|topic| listen(&source, live, topic)).collect();
            let open = StoredValue::new_local(Some((source, listeners)));
            on_cleanup(move || {
                if let Some(Some((source, _))) = open.try_update_value(Option::take) {
                    source.close();
                }
            });
        });
    }

    fn listen(source: &EventSource, live: Live, topic: Topic) -> Closure<dyn FnMut(Event)> {
        let changes = live.changes(topic);
        let is_waiting = StoredValue::new(false);
        let listener = Closure::new(move |_: Event| {
            if is_waiting.try_get_value() != Some(false) {
                return;
            }
            is_waiting.set_value(true);
            set_timeout(
                move || {
                    // Both are gone when the page was left in the meantime.
                    is_waiting.try_set_value(false);
                    changes.try_update(|count| *count += 1);
                },
                BURST,
            );
        });
        // What changed after the page was rendered and before the stream was open, or while it was cut, is not told
        // again: opening counts as a change.
        for event in ["open", topic.name()] {
            // Only an unsupported event name could be refused.
            let _ = source.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
        }
        listener
    }
}
