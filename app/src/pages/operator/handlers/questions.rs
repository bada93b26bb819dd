//! What is asked before something is lost.

use super::super::server::{RebuildHandler, SkipEvent};
use crate::components::{
    ButtonKind, CancelLink, ConfirmDialog, FormActions, FormError, Hidden, ServerForm, SubmitButton,
};
use crate::query::use_query;
use hookreel_contract::views::HandlerView;
use leptos::prelude::*;

const SKIP: &str = "skip";

/// Names the question whether an event may be skipped.
pub(super) fn skip_question(handler: &str, position: u64) -> String {
    format!("{SKIP}-{position}-{handler}")
}

/// The handler and the position of such a question.
fn asked_of(question: &str) -> Option<(String, u64)> {
    let (position, handler) = question.strip_prefix(SKIP)?.strip_prefix('-')?.split_once('-')?;
    Some((handler.to_owned(), position.parse().ok()?))
}

/// Asked for whichever event the address names: the events themselves come and go meanwhile.
#[component]
pub fn SkipQuestion(handlers: Memo<Vec<HandlerView>>) -> impl IntoView {
    let asked = use_query("confirm");
    let skip = ServerAction::<SkipEvent>::new();
    let of = Memo::new(move |_| asked.read().as_deref().and_then(asked_of));
    move || {
        let (handler, position) = of.get()?;
        let purpose = handlers.with_untracked(|all| all.iter().find(|one| one.name == handler)?.purpose.clone());
        let lost = StoredValue::new(match purpose {
            Some(purpose) => format!("What is lost: “{purpose}” is not done about this event, neither now nor later."),
            None => "What is lost: the handler does nothing about this event, neither now nor later.".to_owned(),
        });
        let (name, title) = (skip_question(&handler, position), format!("Skip event {position} for {handler}?"));
        let (handler, position) = (Signal::stored(handler), Signal::stored(position.to_string()));
        Some(view! {
            <ConfirmDialog name title>
                <p>{lost.get_value()}</p>
                <p>"Later events of the same stream, which wait behind it, go on. That it was skipped, and by whom, is recorded."</p>
                <ServerForm action=skip>
                    <Hidden name="handler" value=handler/>
                    <Hidden name="position" value=position/>
                    <FormError/>
                    <FormActions>
                        <SubmitButton kind=ButtonKind::Danger>"Skip event"</SubmitButton>
                        <CancelLink/>
                    </FormActions>
                </ServerForm>
            </ConfirmDialog>
        })
    }
}

/// Names the question whether a handler may be rebuilt.
pub(super) fn rebuild_question(handler: &str) -> String {
    format!("rebuild-{handler}")
}

#[component]
pub fn RebuildQuestion(name: String) -> impl IntoView {
    let rebuild = ServerAction::<RebuildHandler>::new();
    let handler = Signal::stored(name.clone());
    view! {
        <ConfirmDialog name=rebuild_question(&name) title=format!("Rebuild {name}?")>
            <p>"What it has written is thrown away and written again from the first event on. Until it has caught up, pages that use it show only a part. What it had parked is tried again with everything else."</p>
            <p>"No mail and no webhook is sent by it."</p>
            <ServerForm action=rebuild>
                <Hidden name="handler" value=handler/>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Rebuild"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_its_event() {
        assert_eq!(asked_of(&skip_question("search_index", 1_204)), Some(("search_index".to_owned(), 1_204)));
        assert_eq!(asked_of("skip-x-search_index"), None);
        assert_eq!(asked_of("rebuild-search_index"), None);
    }
}
