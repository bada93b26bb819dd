//! What every aggregate is: commands in, events out, and a state that is nothing but the fold of its events.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A thing with rules.
///
/// Events are stored as (kind, revision, payload): an aggregate's event enum is tagged by `kind` with the content
/// `payload`, so that the stored name of a variant is written once, beside it.
pub trait Aggregate: Default + Sized + Send + Sync {
    /// What its streams are called: `endpoint`.
    const STREAM_KIND: &'static str;
    /// Whether its streams belong to the month they began in, and go when that month is dropped.
    const IS_TRAFFIC: bool = false;
    /// The shape of the payloads written now.
    const REVISION: i16 = 1;

    /// What somebody wants.
    type Command: Clone + Send + Sync;
    /// What has happened.
    type Event: Serialize + DeserializeOwned + Clone + Send + Sync;
    /// Why what somebody wants cannot be.
    type Rejection: Send + Sync;

    /// What happens when the command is carried out now. No event means that everything is already as wanted.
    ///
    /// # Errors
    /// When the rules are against it.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// Takes in what has happened.
    fn evolve(&mut self, event: &Self::Event);

    /// The stored name of an event: `endpoint.paused`.
    fn kind(event: &Self::Event) -> &'static str;
}

/// Whether the thing is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Existence {
    /// It was never made.
    #[default]
    Missing,
    /// It is there.
    Present,
    /// It was there once.
    Deleted,
}

impl Existence {
    /// Whether it is there now.
    pub fn is_present(self) -> bool {
        self == Self::Present
    }
}

/// An event cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("the event {kind} of revision {revision} cannot be {verb}: {source}")]
pub struct EventFormatError {
    kind: String,
    revision: i16,
    verb: &'static str,
    source: serde_json::Error,
}

/// The payload to store: JSON text.
///
/// # Errors
/// When the event holds something JSON cannot express.
pub fn encode<A: Aggregate>(event: &A::Event) -> Result<String, EventFormatError> {
    let error =
        |source| EventFormatError { kind: A::kind(event).to_owned(), revision: A::REVISION, verb: "written", source };
    let mut tagged = serde_json::to_value(event).map_err(error)?;
    let payload = tagged.get_mut("payload").map_or(serde_json::Value::Null, serde_json::Value::take);
    serde_json::to_string(&payload).map_err(error)
}

/// The event of a stored payload.
///
/// # Errors
/// When this version does not know the event.
pub fn decode<A: Aggregate>(
    kind: &str,
    revision: i16,
    payload: serde_json::Value,
) -> Result<A::Event, EventFormatError> {
    serde_json::from_value(serde_json::json!({ "kind": kind, "payload": payload })).map_err(|source| EventFormatError {
        kind: kind.to_owned(),
        revision,
        verb: "read",
        source,
    })
}

#[cfg(test)]
pub(crate) mod spec {
    //! `given(…).when(…).then(…)`: what the specs of the aggregates are written in.

    use super::{Aggregate, decode, encode};
    use crate::catalogue::tests::assert_described;
    use std::fmt::Debug;

    /// An aggregate to which these things have happened.
    pub(crate) fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
        let mut state = A::default();
        for event in events {
            state.evolve(&event);
        }
        Given(state)
    }

    pub(crate) struct Given<A>(pub(crate) A);

    impl<A: Aggregate> Given<A> {
        pub(crate) fn when(self, command: A::Command) -> When<A> {
            When(self.0.decide(command))
        }
    }

    pub(crate) struct When<A: Aggregate>(Result<Vec<A::Event>, A::Rejection>);

    impl<A: Aggregate> When<A>
    where
        A::Event: PartialEq + Debug,
        A::Rejection: PartialEq + Debug,
    {
        /// These events, which also survive being stored, under the names they give, as the catalogue describes them.
        #[track_caller]
        pub(crate) fn then(self, expected: impl IntoIterator<Item = A::Event>) {
            let events = self.0.unwrap();
            assert_eq!(events, expected.into_iter().collect::<Vec<_>>());
            for event in events {
                let payload = serde_json::from_str(&encode::<A>(&event).unwrap()).unwrap();
                assert_described(A::kind(&event), &payload);
                assert_eq!(decode::<A>(A::kind(&event), A::REVISION, payload).unwrap(), event);
            }
        }

        #[track_caller]
        pub(crate) fn then_rejected(self, expected: A::Rejection) {
            assert_eq!(self.0.unwrap_err(), expected);
        }
    }
}
