//! When the next attempt of a delivery is due.

use hookreel_kernel::{FailureReason, Timestamp};
use std::time::Duration;
use time::{Date, Month, PrimitiveDateTime, Time};

/// The delays of the default schedule, in seconds: ten attempts over a little more than three days.
/// Source: the retry schedule recommended by Standard Webhooks.
const SCHEDULE_DEFAULT_S: [u64; 10] =
    [0, 5, 5 * 60, 30 * 60, 2 * 60 * 60, 5 * 60 * 60, 10 * 60 * 60, 14 * 60 * 60, 20 * 60 * 60, 24 * 60 * 60];

/// How far a delay is moved at random by default, as a share of itself, either way.
const JITTER_DEFAULT: f64 = 0.2;

/// An endpoint may ask for at least this long a break, whatever the schedule says.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

/// How often and when a delivery is attempted. A pure value: the caller brings the random number.
///
/// Invariants, each held by a property test:
/// - the number of attempts is the length of the schedule, whatever the endpoint answers;
/// - a delay lies within the jitter of its step of the schedule, unless the endpoint asked for a later time;
/// - `Retry-After` can only push an attempt later, never closer, and at most to 24 h or twice the step's delay.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    schedule: Vec<Duration>,
    jitter: f64,
}

/// Why a schedule cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RetryPolicyError {
    /// Not even a first attempt.
    #[error("the retry schedule must have at least one step: the delay before the first attempt")]
    Empty,
    /// More steps than is sensible.
    #[error("the retry schedule may have at most {max} steps", max = RetryPolicy::STEPS_MAX)]
    TooManySteps,
    /// A step that nobody would wait for.
    #[error("a step of the retry schedule may be at most 30 days")]
    StepTooLong,
    /// Not a share.
    #[error("the jitter must be between 0 and 1")]
    Jitter,
}

impl RetryPolicy {
    /// The most steps a schedule may have.
    pub const STEPS_MAX: usize = 50;
    /// The longest step a schedule may have.
    pub const STEP_MAX: Duration = Duration::from_hours(30 * 24);

    /// A policy with one attempt per step: `schedule[n]` is the delay after `n` attempts, so `schedule[0]` comes
    /// before the first. `jitter` is a share of each delay (0.2: 20 % either way).
    ///
    /// # Errors
    /// See [`RetryPolicyError`].
    pub fn new(schedule: Vec<Duration>, jitter: f64) -> Result<Self, RetryPolicyError> {
        if schedule.is_empty() {
            return Err(RetryPolicyError::Empty);
        }
        if schedule.len() > Self::STEPS_MAX {
            return Err(RetryPolicyError::TooManySteps);
        }
        if schedule.iter().any(|step| *step > Self::STEP_MAX) {
            return Err(RetryPolicyError::StepTooLong);
        }
        if !(0.0..=1.0).contains(&jitter) {
            return Err(RetryPolicyError::Jitter);
        }
        Ok(Self { schedule, jitter })
    }

    /// The delays, without jitter.
    pub fn schedule(&self) -> &[Duration] {
        &self.schedule
    }

    /// How many attempts a delivery gets.
    pub fn attempts_max(&self) -> u32 {
        self.schedule.len() as u32
    }

    /// How long to wait after `attempts_made` attempts, the last of which ended with `failure`; `None` when the
    /// delivery is given up: no steps are left, or the endpoint said that it is gone.
    ///
    /// `retry_after` is what the endpoint asked for; `random` is evenly spread over 0..1.
    pub fn next_delay(
        &self,
        attempts_made: u32,
        failure: FailureReason,
        retry_after: Option<Duration>,
        random: f64,
    ) -> Option<Duration> {
        if failure == FailureReason::Gone {
            return None;
        }
        let step = *self.schedule.get(attempts_made as usize)?;
        let spread = self.jitter * 2.0f64.mul_add(random.clamp(0.0, 1.0), -1.0);
        let delay = step.mul_f64(1.0 + spread);
        let latest = RETRY_AFTER_MAX.max(step * 2);
        Some(retry_after.map_or(delay, |asked| delay.max(asked.min(latest))))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { schedule: SCHEDULE_DEFAULT_S.map(Duration::from_secs).to_vec(), jitter: JITTER_DEFAULT }
    }
}

/// What a `Retry-After` header asks for, counted from `now`: a number of seconds or an HTTP date (RFC 9110, 10.2.3).
/// A date in the past is a wait of zero. `None` when it is neither, which is the same as no header at all.
pub fn parse_retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too large for u64 still means "much later"; the policy cuts it.
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    let at = parse_http_date(header, now)?;
    Some(Duration::try_from(at - now).unwrap_or(Duration::ZERO))
}

/// The three forms that RFC 9110, 5.6.7 wants to be understood.
fn parse_http_date(text: &str, now: Timestamp) -> Option<Timestamp> {
    let parts: Vec<&str> = text.split([' ', '-']).filter(|part| !part.is_empty()).collect();
    let (day, month, year, clock) = match parts[..] {
        // Sun, 06 Nov 1994 08:49:37 GMT, or Sunday, 06-Nov-94 08:49:37 GMT
        [weekday, day, month, year, clock, "GMT"] if weekday.ends_with(',') => (day, month, year, clock),
        // Sun Nov  6 08:49:37 1994
        [_, month, day, clock, year] => (day, month, year, clock),
        _ => return None,
    };
    let year = full_year(year, now)?;
    let date = Date::from_calendar_date(year, month_of(month)?, day.parse().ok()?).ok()?;
    let mut clock = clock.split(':').map(str::parse::<u8>);
    let mut next = || clock.next()?.ok();
    // A leap second is counted as the one before it.
    let time = Time::from_hms(next()?, next()?, next()?.min(59)).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc())
}

/// Two digits mean the century in which the year is not more than 50 years ahead (RFC 9110, 5.6.7).
fn full_year(text: &str, now: Timestamp) -> Option<i32> {
    let year: i32 = text.parse().ok()?;
    match text.len() {
        4 => Some(year),
        2 => {
            let guess = now.year() - now.year() % 100 + year;
            Some(if guess > now.year() + 50 { guess - 100 } else { guess })
        }
        _ => None,
    }
}

fn month_of(text: &str) -> Option<Month> {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let index = NAMES.iter().position(|name| *name == text)?;
    Month::try_from(index as u8 + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOW: Timestamp = datetime!(2026-11-23 09:30:00 UTC);

    fn delay(attempts_made: u32, retry_after: Option<Duration>, random: f64) -> Option<Duration> {
        RetryPolicy::default().next_delay(attempts_made, FailureReason::Status, retry_after, random)
    }

    #[test]
    fn the_default_schedule_has_ten_attempts() {
        let delays: Vec<_> = (0..12).map(|made| delay(made, None, 0.5).map(|d| d.as_secs())).collect();
        let mut expected: Vec<_> = SCHEDULE_DEFAULT_S.iter().copied().map(Some).collect();
        expected.extend([None, None]);
        assert_eq!(delays, expected);
    }

    #[test]
    fn an_endpoint_that_is_gone_is_not_tried_again() {
        assert_eq!(RetryPolicy::default().next_delay(1, FailureReason::Gone, None, 0.5), None);
    }

    #[test]
    fn jitter_moves_a_delay_by_a_fifth_either_way() {
        assert_eq!(delay(2, None, 0.0), Some(Duration::from_mins(4)));
        assert_eq!(delay(2, None, 1.0), Some(Duration::from_mins(6)));
    }

    #[test]
    fn unusable_schedules_are_refused() {
        assert_eq!(RetryPolicy::new(vec![], 0.2), Err(RetryPolicyError::Empty));
        assert_eq!(RetryPolicy::new(vec![Duration::ZERO; 51], 0.2), Err(RetryPolicyError::TooManySteps));
        assert_eq!(RetryPolicy::new(vec![Duration::MAX], 0.2), Err(RetryPolicyError::StepTooLong));
        assert_eq!(RetryPolicy::new(vec![Duration::ZERO], 1.5), Err(RetryPolicyError::Jitter));
        assert_eq!(RetryPolicy::new(vec![Duration::ZERO], f64::NAN), Err(RetryPolicyError::Jitter));
    }

    #[test]
    fn retry_after_is_understood_in_seconds_and_in_all_three_forms_of_a_date() {
        assert_eq!(parse_retry_after(" 120 ", NOW), Some(Duration::from_mins(2)));
        assert_eq!(parse_retry_after("99999999999999999999999", NOW), Some(Duration::from_secs(u64::MAX)));
        for date in ["Mon, 23 Nov 2026 09:31:00 GMT", "Monday, 23-Nov-26 09:31:00 GMT", "Mon Nov 23 09:31:00 2026"] {
            assert_eq!(parse_retry_after(date, NOW), Some(Duration::from_mins(1)), "{date}");
        }
        assert_eq!(parse_retry_after("Sun Nov  6 08:49:37 1994", NOW), Some(Duration::ZERO));
        assert_eq!(parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", NOW), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_neither_seconds_nor_a_date_asks_for_nothing() {
        for text in ["", "soon", "-5", "1.5", "Mon, 32 Nov 2026 09:31:00 GMT", "Mon, 23 Nov 2026 09:31 GMT"] {
            assert_eq!(parse_retry_after(text, NOW), None, "{text}");
        }
    }

    fn policies() -> impl Strategy<Value = RetryPolicy> {
        (prop::collection::vec(0_u64..=30 * 24 * 3600, 1..=50), 0.0..=1.0_f64).prop_map(|(steps, jitter)| {
            RetryPolicy::new(steps.into_iter().map(Duration::from_secs).collect(), jitter).unwrap()
        })
    }

    proptest! {
        #[test]
        fn a_delivery_never_gets_more_attempts_than_the_schedule_has_steps(
            policy in policies(), made: u32, asked in prop::option::of(any::<u64>()), random in 0.0..1.0_f64,
        ) {
            let asked = asked.map(Duration::from_secs);
            let next = policy.next_delay(made, FailureReason::Timeout, asked, random);
            prop_assert_eq!(next.is_some(), made < policy.attempts_max());
        }

        #[test]
        fn without_a_wish_the_delay_stays_within_the_jitter(
            policy in policies(), index: prop::sample::Index, random in 0.0..1.0_f64,
        ) {
            let made = index.index(policy.schedule.len());
            let step = policy.schedule[made];
            let next = policy.next_delay(made as u32, FailureReason::Status, None, random).unwrap();
            let slack = Duration::from_micros(1);
            prop_assert!(next + slack >= step.mul_f64(1.0 - policy.jitter));
            prop_assert!(next <= step.mul_f64(1.0 + policy.jitter) + slack);
        }

        #[test]
        fn retry_after_only_pushes_later_and_not_without_end(
            policy in policies(), index: prop::sample::Index, asked: u64, random in 0.0..1.0_f64,
        ) {
            let made = index.index(policy.schedule.len());
            let plain = policy.next_delay(made as u32, FailureReason::Status, None, random).unwrap();
            let asked = Duration::from_secs(asked);
            let next = policy.next_delay(made as u32, FailureReason::Status, Some(asked), random).unwrap();
            prop_assert!(next >= plain);
            prop_assert!(next <= plain.max(RETRY_AFTER_MAX).max(policy.schedule[made] * 2));
        }

        #[test]
        fn arbitrary_headers_never_panic(text in ".{0,60}") {
            let _ = parse_retry_after(&text, NOW);
        }
    }
}
