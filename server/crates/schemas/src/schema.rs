//! A schema that payloads can be held against.

use crate::faults::{FAULTS_MAX, faults_of, phrase};
use crate::graph::Graph;
use crate::payload::{Payload, Unreadable};
use crate::work::Work;
use hookreel_kernel::SchemaFault;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, Retrieve, Uri, ValidationError, Validator};
use serde_json::Value;
use std::error::Error;
use std::fmt;

/// The most bytes that one schema may have, as JSON text.
pub const SCHEMA_BYTES_MAX: usize = 64 * 1024;
/// Schemas may be nested so deep.
const DEPTH_MAX: usize = 64;
/// The most bytes that a pattern may take once it is compiled, and that matching it may remember.
const PATTERN_BYTES_MAX: usize = 128 * 1024;

/// The states of all patterns of a schema together. So many take a few megabytes once they are compiled.
const STATES_MAX: f64 = 10_000.0;
/// About so much memory takes each schema inside a compiled one, and each state of a pattern.
const NODE_BYTES: f64 = 1_000.0;
const STATE_BYTES: f64 = 500.0;

/// A check that would take more steps than this is not made. So many take about half a second.
const STEPS_MAX: f64 = 20_000_000.0;
/// Nor is one with more calls within one another: the stack of a thread has an end, and the program with it.
const CALLS_DEEP_MAX: usize = 512;
/// Checks of fewer steps, of payloads of fewer bytes, take less than a few milliseconds.
const QUICK_STEPS_MAX: f64 = 200_000.0;
const QUICK_BYTES_MAX: usize = 64 * 1024;
/// Of payloads with more values than this it is only said whether they fit: each fault takes memory.
const VALUES_EXPLAINED_MAX: u64 = 50_000;

/// Why a text is no schema that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SchemaError {
    /// Where in the schema, as a JSON pointer.
    pub pointer: String,
    /// What is wrong there: a phrase that follows the place.
    pub message: String,
}

impl SchemaError {
    pub(crate) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "at {}: {}", self.pointer, self.message)
        }
    }
}

/// A compiled schema.
///
/// Nothing is ever fetched for it. Patterns are matched in time that grows with the text and not faster. How many steps a
/// payload takes is estimated from above before it is checked; one that would take too many does not fit.
pub struct Schema {
    validator: Validator,
    work: Work,
    memory_bytes: usize,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").finish_non_exhaustive()
    }
}

impl Schema {
    /// Compiles a schema of any draft from 4 to 2020-12; without `$schema` it is of 2020-12. `format` counts in all of
    /// them.
    ///
    /// # Errors
    /// When it is not a schema, refers to another document, or could cost too much.
    pub fn compile(schema: &Value) -> Result<Self, SchemaError> {
        if !schema.is_object() {
            return Err(SchemaError::new("", "must be an object"));
        }
        let bytes = schema.to_string().len();
        if bytes > SCHEMA_BYTES_MAX {
            return Err(SchemaError::new("", format!("must have at most {SCHEMA_BYTES_MAX} bytes, and has {bytes}")));
        }
        if depth_of(schema) > DEPTH_MAX {
            return Err(SchemaError::new("", format!("must not be nested deeper than {DEPTH_MAX} levels")));
        }
        let graph = Graph::of(schema)?;
        let states: f64 = graph.nodes.iter().map(|node| node.states).sum();
        if states > STATES_MAX {
            return Err(SchemaError::new("", "has patterns that are too large, or too many of them"));
        }
        let memory_bytes = (graph.nodes.len() as f64 * NODE_BYTES + states * STATE_BYTES) as usize;
        let work = Work::of(&graph);
        if work.chain() > CALLS_DEEP_MAX {
            return Err(SchemaError::new(
                "",
                format!("must not lead through more than {CALLS_DEEP_MAX} schemas at once"),
            ));
        }
        let validator = jsonschema::options()
            .with_retriever(NothingElsewhere)
            .with_pattern_options(
                PatternOptions::regex().size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX),
            )
            .should_validate_formats(true)
            // A pattern that comes in a payload would be compiled once for each payload.
            .with_format("regex", |_: &str| true)
            .build(schema)
            .map_err(|error| not_compiled(&error))?;
        Ok(Self { validator, work, memory_bytes })
    }

    /// About how much memory it takes.
    pub const fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    /// What does not fit, if finding out takes no longer than a caller can be kept waiting in place; otherwise it is to
    /// be asked for by [`Schema::check`], where that does no harm.
    pub fn check_if_quick(&self, payload: &[u8]) -> Option<Vec<SchemaFault>> {
        if payload.len() > QUICK_BYTES_MAX {
            return None;
        }
        match Payload::parse(payload) {
            Ok(payload) if self.work.steps(&payload) > QUICK_STEPS_MAX => None,
            payload => Some(self.judge(payload)),
        }
    }

    /// The first few things about a payload that do not fit; none: it fits.
    pub fn check(&self, payload: &[u8]) -> Vec<SchemaFault> {
        self.judge(Payload::parse(payload))
    }

    fn judge(&self, payload: Result<Payload, Unreadable>) -> Vec<SchemaFault> {
        let whole = |message: &str| vec![SchemaFault::new("", message)];
        let payload = match payload {
            Ok(payload) => payload,
            Err(unreadable) => return whole(unreadable.phrase()),
        };
        if self.work.steps(&payload) > STEPS_MAX || self.work.depth(&payload) > CALLS_DEEP_MAX {
            return whole("is too large to be checked against a schema of this kind");
        }
        if self.validator.is_valid(&payload.value) {
            return Vec::new();
        }
        if payload.values() > VALUES_EXPLAINED_MAX {
            return whole("does not fit the schema, and is too large to say where");
        }
        let mut faults: Vec<SchemaFault> = Vec::new();
        for fault in self.validator.iter_errors(&payload.value).take(FAULTS_MAX).flat_map(|error| faults_of(&error)) {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        faults.truncate(FAULTS_MAX);
        faults
    }
}

fn not_compiled(error: &ValidationError<'_>) -> SchemaError {
    let is_pattern = matches!(error.kind(), ValidationErrorKind::Format { format } if format == "regex");
    let mut pointer = error.instance_path().as_str();
    // What its draft takes for a pattern, and the engine does not, is only placed by the keyword.
    if is_pattern && pointer.is_empty() {
        pointer = error.schema_path().as_str();
    }
    let message = match error.kind() {
        _ if is_pattern => {
            "is not a pattern that can be matched here: it is malformed or too large, or uses look-around or \
             back-references, whose time cannot be bounded"
                .to_owned()
        }
        ValidationErrorKind::Referencing(error) => error.to_string(),
        _ => phrase(error),
    };
    SchemaError::new(pointer, message)
}

/// Schemas are complete in themselves.
#[derive(Debug)]
struct NothingElsewhere;

impl Retrieve for NothingElsewhere {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        Err(format!("{uri} is another document").into())
    }
}

fn depth_of(value: &Value) -> usize {
    let deepest = match value {
        Value::Array(items) => items.iter().map(depth_of).max(),
        Value::Object(members) => members.values().map(depth_of).max(),
        _ => None,
    };
    1 + deepest.unwrap_or_default()
}

#[cfg(test)]
mod tests;
