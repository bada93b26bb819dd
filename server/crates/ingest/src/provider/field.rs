//! What a source says beside its secret.

/// Something that a source of a provider says beside its secret: a field of [`crate::RuleInput`]. The dashboard's form,
/// the guides and the description of the API are made from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderField {
    /// Its name in [`crate::RuleInput`].
    pub name: &'static str,
    /// Its name for a person.
    pub label: &'static str,
    /// What to fill in.
    pub hint: &'static str,
    /// What it looks like when it is filled in; empty if nothing is typical.
    pub placeholder: &'static str,
    /// Whether it must be filled in.
    pub is_required: bool,
    /// If not empty: the only values there are, the first of which is taken if nothing is said.
    pub choices: &'static [FieldChoice],
}

/// A value that a field can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldChoice {
    /// What is sent and stored.
    pub value: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

impl FieldChoice {
    pub(crate) const fn new(value: &'static str, meaning: &'static str) -> Self {
        Self { value, meaning }
    }
}

impl ProviderField {
    /// How far the time of sending may be from now, where it is signed.
    pub(crate) const TOLERANCE: Self = Self::text(
        "tolerance_seconds",
        "Tolerance",
        "How far the time of sending may be from now, either way, in seconds. Older requests are not believed.",
    )
    .like("300");

    /// A line of text, which may be left empty.
    pub(crate) const fn text(name: &'static str, label: &'static str, hint: &'static str) -> Self {
        Self { name, label, hint, placeholder: "", is_required: false, choices: &[] }
    }

    /// One of a few values.
    pub(crate) const fn choice(
        name: &'static str,
        label: &'static str,
        hint: &'static str,
        choices: &'static [FieldChoice],
    ) -> Self {
        Self { choices, ..Self::text(name, label, hint) }
    }

    /// The same, with what it looks like when it is filled in.
    pub(crate) const fn like(self, placeholder: &'static str) -> Self {
        Self { placeholder, ..self }
    }

    /// The same, and it must be filled in.
    pub(crate) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }
}
