//! What cannot be read again stays on the page as it was, and one notice above the page says so.

use crate::error::AppError;
use crate::query::here_with;
use leptos::prelude::*;
use leptos::reactive::graph::{AnySource, ToAnySource as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What of the page could not be read again. Context of the part for people who are signed in.
#[derive(Debug, Clone, Copy)]
pub struct Outdated {
    /// Which resource, and why.
    failures: RwSignal<Vec<(AnySource, AppError)>>,
    /// What was read again, and at which address: what is read there since then is the same thing.
    again: StoredValue<Vec<(AnySource, String)>>,
    /// Counts how often the person has asked to try again.
    retries: RwSignal<u64>,
}

impl Outdated {
    /// Makes it known to every page in the frame.
    pub fn provide() -> Self {
        let outdated = Self {
            failures: RwSignal::new(Vec::new()),
            again: StoredValue::new(Vec::new()),
            retries: RwSignal::new(0),
        };
        provide_context(outdated);
        outdated
    }

    /// Why something on the page is not what it would be now; of several reasons, the first.
    pub fn reason(self) -> Option<String> {
        self.failures.with(|failures| failures.first().map(|(_, error)| error.reason()))
    }

    /// Reads again whatever failed.
    pub fn retry(self) {
        self.retries.update(|retries| *retries += 1);
    }

    /// Follows a resource for as long as what shows it lives.
    fn follow<T>(self, resource: Resource<Result<T, AppError>>, failure: Memo<Option<AppError>>)
    where
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        let (noted, left) = (resource.to_any_source(), resource.to_any_source());
        Effect::new(move |_| self.note(&noted, failure.get()));
        let read_again = rereading(resource);
        Effect::new(move |seen: Option<u64>| {
            let retries = self.retries.get();
            if seen.is_some_and(|seen| seen != retries) && failure.get_untracked().is_some() {
                read_again();
            }
            retries
        });
        on_cleanup(move || self.note(&left, None));
    }

    /// When a page is left, the frame may be gone already.
    fn note(self, source: &AnySource, failure: Option<AppError>) {
        self.failures.try_update(|failures| {
            failures.retain(|(other, _)| other != source);
            failures.extend(failure.map(|failure| (source.clone(), failure)));
        });
    }

    fn remember(self, source: &AnySource, address: String) {
        self.forget(source);
        self.again.try_update_value(|again| again.push((source.clone(), address)));
    }

    fn forget(self, source: &AnySource) {
        self.again.try_update_value(|again| again.retain(|(other, _)| other != source));
    }

    /// Whether an answer that came is about the same as the one before. At another address it may be about something
    /// else, until it is read again there.
    fn repeats(self, source: &AnySource, address: &str) -> bool {
        let repeats = |again: &mut Vec<(AnySource, String)>| {
            again.retain(|(other, asked_at)| other != source || asked_at == address);
            again.iter().any(|(other, _)| other == source)
        };
        self.again.try_update_value(repeats).unwrap_or_default()
    }
}

/// What reads a resource again. If that fails, what the page shows of it stays.
pub fn rereading<T>(resource: Resource<Result<T, AppError>>) -> impl Fn() + Clone + Send + Sync + 'static
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let (outdated, source, address) = (use_context::<Outdated>(), resource.to_any_source(), address());
    if let Some(outdated) = outdated {
        let left = source.clone();
        on_cleanup(move || outdated.forget(&left));
    }
    move || {
        if let Some(outdated) = outdated {
            outdated.remember(&source, address.try_get_untracked().unwrap_or_default());
        }
        resource.refetch();
    }
}

/// The page's address, as far as it chooses what is read: an open question does not.
fn address() -> Signal<String> {
    here_with(vec![("confirm", None)])
}

/// What there is to show of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept<T> {
    /// No answer yet.
    Nothing,
    /// Only why there is nothing else.
    Failure(AppError),
    /// The last value that could be read.
    Value {
        /// What it is.
        value: T,
        /// Why it could not be read again since then.
        failure: Option<AppError>,
    },
}

impl<T: Clone> Kept<T> {
    /// What there is after an answer. `last` is what there was, if the answer is about the same.
    fn after(last: Option<&Self>, answer: Option<Result<T, AppError>>) -> Self {
        match (answer, last) {
            (None, _) => Self::Nothing,
            (Some(Ok(value)), _) => Self::Value { value, failure: None },
            (Some(Err(error)), Some(Self::Value { value, .. })) if error.is_passing() => {
                Self::Value { value: value.clone(), failure: Some(error) }
            }
            (Some(Err(error)), _) => Self::Failure(error),
        }
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<T> {
        match self {
            Self::Value { value, .. } => Some(value.clone()),
            Self::Nothing | Self::Failure(_) => None,
        }
    }
}

/// What a resource holds or, while it cannot be read again, what it held last. If something else was chosen and cannot be
/// read, nothing stays that is not that; nor outside of the frame, where no notice would say so.
pub fn kept<T>(resource: Resource<Result<T, AppError>>) -> Memo<Kept<T>>
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let (outdated, source, address) = (use_context::<Outdated>(), resource.to_any_source(), address());
    let kept = Memo::new(move |last: Option<&Kept<T>>| {
        let answer = resource.get();
        let repeats = outdated.is_some_and(|outdated| outdated.repeats(&source, &address.get_untracked()));
        Kept::after(last.filter(|_| repeats), answer)
    });
    if let Some(outdated) = outdated {
        let failure = Memo::new(move |_| {
            kept.with(|kept| match kept {
                Kept::Value { failure, .. } => failure.clone(),
                Kept::Nothing | Kept::Failure(_) => None,
            })
        });
        outdated.follow(resource, failure);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_contract::ApiError;

    #[test]
    fn what_was_there_stays_while_it_cannot_be_read_again() {
        let away = AppError::Api(ApiError::Unavailable);
        let first = Kept::after(None, Some(Ok(1)));
        let outdated = Kept::after(Some(&first), Some(Err(away.clone())));
        assert_eq!(outdated, Kept::Value { value: 1, failure: Some(away.clone()) });
        assert_eq!(Kept::after(Some(&outdated), Some(Ok(1))), first);
        assert_eq!(Kept::<u8>::after(None, Some(Err(away.clone()))), Kept::Failure(away));
    }

    #[test]
    fn nothing_stays_of_what_is_not_there_any_more() {
        let first = Kept::after(None, Some(Ok(1)));
        for error in [ApiError::not_found("Message"), ApiError::Unauthenticated] {
            let error = AppError::Api(error);
            assert_eq!(Kept::after(Some(&first), Some(Err(error.clone()))), Kept::Failure(error));
        }
    }
}
