//! The question before quarantined messages of a source are released: all of them, or those of a range.

use crate::components::{
    ButtonKind, CancelLink, CheckField, ConfirmDialog, FormActions, FormError, Hidden, ServerForm, SubmitButton,
    counted,
};
use crate::error::AppError;
use hookreel_contract::source::QuarantineCounts;
use leptos::html;
use leptos::prelude::*;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::PostUrl;
use leptos::server_fn::request::ClientReq;
use leptos::server_fn::{Http, ServerFn};
use serde::de::DeserializeOwned;

/// Says how many before anything is sent to anybody. Made once: while it is open, only its numbers change.
#[component]
pub fn ReleaseQuestion<S, O>(
    /// Which question.
    name: &'static str,
    title: &'static str,
    /// What releases them. It takes a tick by the name of `unverified_too`.
    action: ServerAction<S>,
    /// The arguments of the server function that say which messages.
    fields: Vec<(&'static str, String)>,
    /// How many there are now.
    counts: Memo<QuarantineCounts>,
) -> impl IntoView
where
    S: ServerFn<Protocol = Http<PostUrl, O>, Error = AppError> + DeserializeOwned + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
    S::Client: Client<AppError>,
    <<S::Client as Client<AppError>>::Request as ClientReq<AppError>>::FormData: From<web_sys::FormData>,
    O: 'static,
{
    let fields = StoredValue::new(fields);
    view! {
        <ConfirmDialog name title>
            <ServerForm action>
                {fields.get_value().into_iter().map(|(name, value)| view! { <Hidden name value=value/> }).collect_view()}
                <Consent counts/>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Release"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}

/// What will be done, in numbers, and the tick for those that nobody believes yet. A tick consents to a number: when
/// that is another one, it is taken back.
#[component]
fn Consent(counts: Memo<QuarantineCounts>) -> impl IntoView {
    let tick = NodeRef::<html::Input>::new();
    let is_taken_back = RwSignal::new(false);
    take_back_when_changed(counts, tick, is_taken_back);
    let at_first = counts.get_untracked();
    let news = move || {
        let (now, is_taken_back) = (counts.get(), is_taken_back.get());
        (now != at_first || is_taken_back).then(|| news_text(now, is_taken_back))
    };
    // Once there, the box stays, even if there are none any more: the focus may be on it.
    let has_doubtful = Memo::new(move |had: Option<&bool>| had == Some(&true) || counts.get().doubtful > 0);
    let label = Signal::derive(move || format!("Release {} too", doubtful_text(counts.get())));
    view! {
        <div>
            <p>{move || release_text(counts.get())}</p>
            <p class="release-news" role="status">{news}</p>
        </div>
        {move || {
            has_doubtful.get().then(|| {
                view! {
                    <div on:change=move |_| is_taken_back.set(false)>
                        <CheckField
                            name="unverified_too"
                            label=label
                            hint="Nobody knows who sent them. Your endpoints will take them for the provider's."
                            node_ref=tick
                        />
                    </div>
                }
            })
        }}
    }
}

fn take_back_when_changed(counts: Memo<QuarantineCounts>, tick: NodeRef<html::Input>, is_taken_back: RwSignal<bool>) {
    Effect::new(move |before: Option<u64>| {
        let doubtful = counts.get().doubtful;
        let is_changed = before.is_some_and(|before| before != doubtful);
        if let Some(tick) = tick.get_untracked().filter(|tick| is_changed && tick.checked()) {
            tick.set_checked(false);
            is_taken_back.set(true);
        }
        doubtful
    });
}

/// What releasing will do.
fn release_text(counts: QuarantineCounts) -> String {
    if counts.all() == 0 {
        return "None of them is in quarantine any more.".to_owned();
    }
    if counts.genuine == 0 {
        return "None of them is known to be genuine. Verify them again first, or release them all the same."
            .to_owned();
    }
    format!(
        "{} will be delivered to every endpoint that matches now. Duplicates are not delivered again.",
        counted(counts.genuine, "message that is known to be genuine", "messages that are known to be genuine"),
    )
}

/// That it is not what was asked when the question was opened.
fn news_text(now: QuarantineCounts, is_taken_back: bool) -> String {
    let tick = if is_taken_back { " Your tick was for another number: tick again if you mean these." } else { "" };
    format!("The numbers have changed: now {} and {}.{tick}", genuine_text(now), doubtful_text(now))
}

/// How many are believed.
pub fn genuine_text(counts: QuarantineCounts) -> String {
    format!("{} known to be genuine", counts.genuine)
}

/// How many nobody believes yet.
pub fn doubtful_text(counts: QuarantineCounts) -> String {
    counted(counts.doubtful, "that is not verified", "that are not verified")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_that_was_taken_back_is_asked_for_again() {
        let now = QuarantineCounts { genuine: 1, doubtful: 3 };
        assert_eq!(
            news_text(now, false),
            "The numbers have changed: now 1 known to be genuine and 3 that are not verified."
        );
        assert!(news_text(now, true).ends_with("tick again if you mean these."));
    }

    #[test]
    fn a_question_that_has_become_empty_says_so() {
        assert!(release_text(QuarantineCounts::default()).contains("any more"));
        assert!(release_text(QuarantineCounts { genuine: 0, doubtful: 2 }).contains("Verify them again"));
        assert!(release_text(QuarantineCounts { genuine: 2, doubtful: 0 }).starts_with("2 messages that are known"));
    }
}
