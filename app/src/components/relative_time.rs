//! Times by their distance, exact on hover.

use crate::clock;
use crate::time_text;
use hookreel_kernel::Timestamp;
use leptos::prelude::*;

/// When something was or will be.
#[component]
pub fn RelativeTime(
    at: Timestamp,
    /// Something is going to be done then. The words change when its time has come; the elements must not, because
    /// that can be between the server's rendering and the browser's.
    #[prop(optional)]
    due: bool,
) -> impl IntoView {
    let now = RwSignal::new(clock::now());
    let local = RwSignal::new(None::<String>);
    keep_current(at, now, local);
    let title = move || match local.get() {
        Some(local) => format!("{} · {local}", time_text::exact(at)),
        None => time_text::exact(at),
    };
    view! {
        <time class="time" datetime=time_text::machine(at) title=title>
            {move || if due { due_text(at, now.get()) } else { time_text::relative(at, now.get()) }}
        </time>
    }
}

fn due_text(at: Timestamp, now: Timestamp) -> String {
    if at <= now { "due now".to_owned() } else { format!("next {}", time_text::relative(at, now)) }
}

#[cfg(not(feature = "hydrate"))]
fn keep_current(_at: Timestamp, _now: RwSignal<Timestamp>, _local: RwSignal<Option<String>>) {}

/// The text ages: often at first, rarely later. The person's own time zone is known only in the browser.
#[cfg(feature = "hydrate")]
fn keep_current(at: Timestamp, now: RwSignal<Timestamp>, local: RwSignal<Option<String>>) {
    use std::time::Duration;
    Effect::new(move |_| {
        local.set(Some(local_text(at)));
        now.set(clock::now());
        let age_s = (clock::now() - at).whole_seconds().abs();
        let every = Duration::from_secs(if age_s < 120 { 5 } else { 60 });
        if let Ok(timer) = set_interval_with_handle(
            move || {
                now.try_set(clock::now());
            },
            every,
        ) {
            on_cleanup(move || timer.clear());
        }
    });
}

#[cfg(feature = "hydrate")]
fn local_text(at: Timestamp) -> String {
    let ms = (at.unix_timestamp_nanos() / 1_000_000) as f64;
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(ms));
    format!("{} here", String::from(date.to_locale_string("default", &wasm_bindgen::JsValue::UNDEFINED)))
}
