//! When an event that could not be handled is tried again.

use std::time::Duration;

/// Pauses there may be at most.
const PAUSES_MAX: usize = 20;
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_hours(24);

/// The pauses between the tries of an event; after the try that follows on the last one it is parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retries(Vec<Duration>);

/// Pauses that make no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 20 pauses of at most 24h")]
pub struct InvalidRetries;

impl Retries {
    /// These pauses.
    ///
    /// # Errors
    /// When there is none or too many of them, or one is too long.
    pub fn new(pauses: Vec<Duration>) -> Result<Self, InvalidRetries> {
        let is_fine = (1..=PAUSES_MAX).contains(&pauses.len()) && pauses.iter().all(|pause| *pause <= PAUSE_MAX);
        if is_fine { Ok(Self(pauses)) } else { Err(InvalidRetries) }
    }

    /// The pause after so many tries; `None` when there is no further one.
    pub(crate) fn pause_after(&self, tries: i32) -> Option<Duration> {
        self.0.get(usize::try_from(tries).ok()?.checked_sub(1)?).copied()
    }
}

impl Default for Retries {
    /// Eight tries within some four minutes: what has not passed by then is nothing that passes by itself.
    fn default() -> Self {
        Self([2, 4, 8, 16, 32, 64, 128].map(Duration::from_secs).to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_follow_each_other_until_there_is_none() {
        let retries = Retries::new(vec![Duration::from_secs(1), Duration::ZERO]).unwrap();
        assert_eq!(retries.pause_after(1), Some(Duration::from_secs(1)));
        assert_eq!(retries.pause_after(2), Some(Duration::ZERO));
        assert_eq!((retries.pause_after(3), retries.pause_after(0), retries.pause_after(-1)), (None, None, None));
        assert_eq!(Retries::default().pause_after(7), Some(Duration::from_secs(128)));
        assert_eq!(Retries::default().pause_after(8), None);
    }

    #[test]
    fn there_is_a_pause_and_none_is_endless() {
        assert_eq!(Retries::new(Vec::new()), Err(InvalidRetries));
        assert_eq!(Retries::new(vec![Duration::ZERO; 21]), Err(InvalidRetries));
        assert_eq!(Retries::new(vec![Duration::from_hours(25)]), Err(InvalidRetries));
    }
}
