//! What a source is configured with: its provider, and what that leaves open.

mod custom;
mod input;

pub use input::{RuleInput, RuleProblem};

use crate::provider::{Freedom, Method, Provider, ProviderField};
use crate::scheme::Scheme;
use custom::CustomScheme;
use input::given;
use serde::{Deserialize, Serialize};

/// How far the time of sending may be from now, unless the provider or the source says otherwise.
pub const TOLERANCE_SECONDS_DEFAULT: u32 = 300;
/// The most that a source may say.
pub const TOLERANCE_SECONDS_MAX: u32 = 86_400;
/// The longest text that a field of a provider takes, in octets.
const FIELD_BYTES_MAX: usize = 512;

/// How a source verifies. Valid by construction; in JSON: `provider` and the fields of [`RuleInput`]
/// that apply to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredRule", into = "StoredRule")]
pub struct SourceRule {
    provider: Provider,
    tolerance_seconds: u32,
    /// Whether the time of sending is compared at all.
    compares_time: bool,
    /// The provider's own fields, by name.
    fields: Vec<(&'static str, String)>,
    /// There exactly if the provider is configurable.
    custom: Option<CustomScheme>,
}

impl SourceRule {
    /// The rule that an input describes, or everything that is wrong with it.
    pub fn new(provider: Provider, input: &RuleInput) -> Result<Self, Vec<RuleProblem>> {
        let mut problems = Vec::new();
        let custom = match provider.method() {
            Method::Configured(freedom) => CustomScheme::read(freedom, provider.own_fields(), input, &mut problems),
            Method::Rows(_) | Method::Token(_) | Method::Bespoke(_) | Method::Unverifiable => None,
        };
        let signs_time = provider.signs_time() || custom.as_ref().is_some_and(CustomScheme::signs_time);
        let may_be_late = provider.may_compare_time();
        let tolerance_seconds = tolerance(provider, signs_time || may_be_late, input, &mut problems);
        let compares_time = signs_time || (may_be_late && input.tolerance_seconds.is_some());
        // A row of the source's own has read its fields already.
        let plain: &[ProviderField] = if provider.is_configurable() { &[] } else { provider.own_fields() };
        let fields = plain.iter().filter_map(|field| read_field(*field, input, &mut problems)).collect();
        problems.extend(superfluous(provider, input));
        if problems.is_empty() {
            Ok(Self { provider, tolerance_seconds, compares_time, fields, custom })
        } else {
            Err(problems)
        }
    }

    /// Who sends.
    pub const fn provider(&self) -> Provider {
        self.provider
    }

    /// How far the time of sending may be from now, either way, in seconds. Without effect if the
    /// provider does not sign it.
    pub const fn tolerance_seconds(&self) -> u32 {
        self.tolerance_seconds
    }

    /// Whether the time of sending is signed, so that a tolerance makes sense.
    pub fn signs_time(&self) -> bool {
        self.provider.signs_time() || self.custom.as_ref().is_some_and(CustomScheme::signs_time)
    }

    /// [`Self::tolerance_seconds`], if the time of sending is compared. Of some providers it is only where the source
    /// says so.
    pub(crate) fn chosen_tolerance(&self) -> Option<u32> {
        self.compares_time.then_some(self.tolerance_seconds)
    }

    /// The input that makes this rule.
    pub fn to_input(&self) -> RuleInput {
        let mut input = RuleInput { tolerance_seconds: self.chosen_tolerance(), ..RuleInput::default() };
        for (name, value) in &self.fields {
            input.set(name, value.clone());
        }
        if let Some(custom) = &self.custom {
            custom.write(&mut input);
        }
        input
    }

    /// Calls with the rows that apply: the provider's, or the source's own.
    pub(crate) fn with_schemes<T>(&self, call: impl FnOnce(&[Scheme<'_>]) -> T) -> T {
        match (&self.custom, self.provider.method()) {
            (Some(custom), _) => custom.with_scheme(|scheme| call(&[scheme])),
            (None, Method::Rows(schemes)) => call(schemes),
            (None, Method::Configured(_) | Method::Token(_) | Method::Bespoke(_) | Method::Unverifiable) => call(&[]),
        }
    }

    /// The value of one of the provider's own fields.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }
}

fn tolerance(provider: Provider, signs_time: bool, input: &RuleInput, problems: &mut Vec<RuleProblem>) -> u32 {
    // A row with a mistake in it does not yet say whether it has a time.
    let may_sign_time = signs_time || (provider.method_is(Freedom::Whole) && !problems.is_empty());
    match input.tolerance_seconds {
        None => {}
        Some(_) if !may_sign_time => problems.push(RuleProblem::NotConfigurable { field: "tolerance_seconds" }),
        Some(seconds @ 1..=TOLERANCE_SECONDS_MAX) => return seconds,
        Some(_) => problems.push(RuleProblem::Tolerance),
    }
    provider.tolerance_seconds()
}

fn read_field(
    field: ProviderField,
    input: &RuleInput,
    problems: &mut Vec<RuleProblem>,
) -> Option<(&'static str, String)> {
    let text = given(input.text(field.name)).or_else(|| field.choices.first().map(|choice| choice.value));
    let problem = match text {
        None if field.is_required => RuleProblem::Required { field: field.name },
        None => return None,
        Some(text) if !field.choices.is_empty() && field.choices.iter().all(|choice| choice.value != text) => {
            RuleProblem::Choice { field: field.name, choices: field.choices }
        }
        Some(text) if field.name == "header" => {
            return input::header_name(text, field.name, problems).map(|name| (field.name, name));
        }
        Some(text) if text.len() > FIELD_BYTES_MAX || text.contains(char::is_control) => {
            RuleProblem::Text { field: field.name }
        }
        Some(text) => return Some((field.name, text.to_owned())),
    };
    problems.push(problem);
    None
}

/// What was said although the provider decides it.
fn superfluous(provider: Provider, input: &RuleInput) -> Vec<RuleProblem> {
    let is_taken = |name: &str| provider.own_fields().iter().any(|field| field.name == name);
    let said = input.texts().into_iter().filter(|(_, text)| given(*text).is_some());
    said.filter(|(name, _)| !is_taken(name)).map(|(field, _)| RuleProblem::NotConfigurable { field }).collect()
}

/// A rule as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredRule {
    provider: Provider,
    #[serde(flatten)]
    input: RuleInput,
}

impl From<SourceRule> for StoredRule {
    fn from(rule: SourceRule) -> Self {
        Self { provider: rule.provider, input: rule.to_input() }
    }
}

/// A stored rule that is none.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", .0.field(), .0)]
struct StoredRuleProblem(RuleProblem);

impl TryFrom<StoredRule> for SourceRule {
    type Error = StoredRuleProblem;

    fn try_from(stored: StoredRule) -> Result<Self, StoredRuleProblem> {
        Self::new(stored.provider, &stored.input).map_err(|problems| {
            // `new` never fails without naming a problem.
            StoredRuleProblem(problems.into_iter().next().unwrap_or(RuleProblem::Required { field: "header" }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(input: &mut RuleInput, field: &str, value: &str) {
        match field {
            "tolerance_seconds" => input.tolerance_seconds = value.parse().ok(),
            _ => input.set(field, value.to_owned()),
        }
    }

    fn said(input: &RuleInput, field: &str) -> Option<String> {
        match field {
            "tolerance_seconds" => input.tolerance_seconds.map(|seconds| seconds.to_string()),
            _ => input.text(field).map(str::to_owned),
        }
    }

    fn values(field: ProviderField) -> Vec<&'static str> {
        match field.name {
            _ if !field.choices.is_empty() => field.choices.iter().map(|choice| choice.value).collect(),
            "tolerance_seconds" => vec!["60"],
            "signed" => vec!["{url}{body}"],
            name if name.ends_with("_pointer") => vec!["/sample"],
            _ => vec!["Sample"],
        }
    }

    /// What else a row of the source's own has to say for a field to mean something.
    fn company(field: &str, value: &str) -> &'static [(&'static str, &'static str)] {
        const PAIRS: (&str, &str) = ("format", "fields");
        const KEY: (&str, &str) = ("signature_field", "v1");
        const TIMED: (&str, &str) = ("signed", "{timestamp}.{body}");
        match (field, value) {
            ("format", "fields" | "tagged") => &[KEY],
            ("signature_field" | "separator", _) => &[PAIRS, KEY],
            ("timestamp_field", _) => &[PAIRS, KEY, TIMED],
            ("timestamp_header", _) => &[TIMED],
            ("timestamp_unit" | "tolerance_seconds", _) => &[("timestamp_header", "X-Time"), TIMED],
            _ => &[],
        }
    }

    /// What a source of the provider cannot do without.
    fn needed(provider: Provider) -> RuleInput {
        let mut input = RuleInput::default();
        for field in provider.fields().filter(|field| field.is_required) {
            set(&mut input, field.name, values(field)[0]);
        }
        input
    }

    #[test]
    fn every_field_that_is_listed_is_taken_with_each_of_its_values() {
        for provider in Provider::all() {
            for field in provider.fields() {
                for value in values(field) {
                    let mut input = needed(provider);
                    if provider.method_is(Freedom::Whole) {
                        for (name, text) in company(field.name, value) {
                            set(&mut input, name, text);
                        }
                    }
                    set(&mut input, field.name, value);
                    let rule = SourceRule::new(provider, &input);
                    let kept = rule.as_ref().ok().and_then(|rule| said(&rule.to_input(), field.name));
                    assert_eq!(kept.as_deref(), Some(value), "{provider}, {}: {rule:?}", field.name);
                }
            }
        }
    }

    #[test]
    fn no_field_is_taken_that_is_not_listed() {
        let mut names: Vec<&str> = RuleInput::default().texts().into_iter().map(|(name, _)| name).collect();
        names.push("tolerance_seconds");
        for provider in Provider::all() {
            assert!(SourceRule::new(provider, &needed(provider)).is_ok(), "{provider}");
            let listed: Vec<&str> = provider.fields().map(|field| field.name).collect();
            assert!(listed.iter().all(|name| names.contains(name)), "{provider}: {listed:?}");
            let times = |name: &&str| listed.iter().filter(|other| *other == name).count();
            assert!(listed.iter().all(|name| times(name) == 1), "{provider}: {listed:?}");
            for field in names.iter().copied().filter(|name| !listed.contains(name)) {
                let mut input = needed(provider);
                set(&mut input, field, "1");
                let refusal = RuleProblem::NotConfigurable { field };
                assert_eq!(SourceRule::new(provider, &input), Err(vec![refusal]), "{provider}");
            }
        }
    }
}
