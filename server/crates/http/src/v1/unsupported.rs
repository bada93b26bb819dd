//! Fields of the Svix API that Hookreel does not have. Ignoring them would be a lie: they are refused by name.

use crate::problem::{FieldProblem, Problem};
use serde_json::Value;

/// Refuses the fields that carry anything.
pub(crate) fn refuse(fields: &[(&str, &Option<Value>)]) -> Result<(), Problem> {
    let refused: Vec<FieldProblem> = fields
        .iter()
        .filter(|(_, value)| value.as_ref().is_some_and(|value| !value.is_null()))
        .map(|(name, _)| FieldProblem::new("body", name, "is not supported"))
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(Problem::fields(refused)) }
}
