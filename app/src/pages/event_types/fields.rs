//! The fields of an event type's form, for a new one and for one that is there.

use super::form::{EventTypeForm, pretty};
use super::server::Suggestion;
use crate::components::{
    ButtonKind, CardChoice, CheckField, FormActions, FormError, Hidden, LinkButton, Notice, RadioCards, RelativeTime,
    SubmitButton, TextArea, TextField,
};
use crate::query::here_with;
use crate::routes::Path;
use hookreel_contract::views::SchemaSuggestion;
use leptos::prelude::*;

/// The fields, filled in with `form`. Stands inside a form.
#[component]
pub fn EventTypeFields(
    /// What is filled in.
    form: EventTypeForm,
    /// There is no such event type yet: it can be named.
    #[prop(optional)]
    is_new: bool,
) -> impl IntoView {
    let EventTypeForm { name, description, schemas, validation, deprecated } = form;
    let name = if is_new {
        view! {
            <TextField
                name="name"
                label="Name"
                value=name
                mono=true
                required=true
                placeholder="invoice.paid"
                hint="Letters, digits, dots, underscores and hyphens. It cannot be changed later."
            />
        }
        .into_any()
    } else {
        view! { <Hidden name="name" value=name/> }.into_any()
    };
    view! {
        {name}
        <TextField name="description" label="Description" value=description placeholder="An invoice was paid in full."/>
        <TextArea
            name="schemas"
            label="JSON Schema"
            value=schemas
            rows=18
            mono=true
            placeholder="{ \"type\": \"object\", \"required\": [\"id\"] }"
            hint="Of the payload. Any draft from 4 to 2020-12, complete in itself; formats such as date-time count."
        />
        <RadioCards
            name="validation"
            legend="A payload that does not fit"
            options=choices()
            value=validation.unwrap_or_else(|| "off".to_owned())
            hint="What a provider sends to a source is flagged at most: it is never refused for its shape."
        />
        <CheckField
            name="deprecated"
            label="Deprecated: still sent, but on its way out"
            checked=deprecated.is_some()
        />
    }
}

fn choices() -> Vec<CardChoice> {
    vec![
        CardChoice::new("off", "Nobody looks", "It is accepted and delivered like any other."),
        CardChoice::new("flag", "Flag", "It is accepted and delivered, and carries what is wrong."),
        CardChoice::new("reject", "Reject", "Publishing it answers 422 with every fault. Nothing is stored."),
    ]
}

/// The buttons that end the form: what is pressed by the Enter key comes first.
#[component]
pub fn EventTypeActions(
    /// What saving is called.
    save: &'static str,
) -> impl IntoView {
    view! {
        <FormError/>
        <FormActions>
            <SubmitButton>{save}</SubmitButton>
            <button type="submit" name="intent" value="check" class=ButtonKind::Secondary.class(false)>
                "Check against recent messages"
            </button>
            <LinkButton href=Path::EventTypes.to_string() kind=ButtonKind::Quiet>"Cancel"</LinkButton>
        </FormActions>
    }
}

/// Where the schema in the form comes from, when it was to be made from a message.
#[component]
pub fn Suggested(suggestion: Suggestion) -> impl IntoView {
    let without = here_with(vec![("suggest", None)]);
    match suggestion {
        Suggestion::NotAskedFor => ().into_any(),
        Suggestion::Made(SchemaSuggestion { message_id, received_at, .. }) => view! {
            <Notice>
                <p>
                    "The schema below was made from "
                    <a href=Path::Message(message_id).to_string()>"the newest message of this type"</a>
                    ", which came in "
                    <RelativeTime at=received_at/>
                    ". Loosen or tighten it as you need; nothing is saved yet. "
                    <a href=without data-noscroll=true>"Take it back"</a>
                </p>
            </Notice>
        }
        .into_any(),
        Suggestion::Nothing => view! {
            <Notice>
                <p>"No schema could be made: there is no recent message of this type whose payload is JSON."</p>
            </Notice>
        }
        .into_any(),
    }
}

/// The form with the suggested schema in it, if there is one.
pub fn with_suggestion(form: EventTypeForm, suggestion: &Suggestion) -> EventTypeForm {
    match suggestion {
        Suggestion::Made(made) => EventTypeForm { schemas: pretty(&made.schema), ..form },
        Suggestion::NotAskedFor | Suggestion::Nothing => form,
    }
}
