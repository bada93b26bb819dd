//! Pages by key, and times as ranges of ids.

use crate::ReadError;
use hookreel_contract::Cursor;
use hookreel_kernel::{Timestamp, id};
use std::str::FromStr;
use std::time::Duration;
use uuid::Uuid;

/// Rows on a page when nobody says otherwise.
pub const LIMIT_DEFAULT: usize = 50;
/// The most rows on a page.
pub const LIMIT_MAX: usize = 250;

/// A message published under an idempotency key has the time of the key's first use in its id; keys live for a day.
pub(crate) const MESSAGE_ID_AGE_MAX: Duration = Duration::from_hours(25);
/// How far the clocks of a process and of the database may be apart.
pub(crate) const CLOCK_SKEW_MAX: Duration = Duration::from_hours(1);

/// How many rows are shown, at least one.
pub(crate) fn limit_of(wanted: Option<usize>) -> usize {
    wanted.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
}

/// How many rows are read: one more than shown tells whether there is another page.
pub(crate) fn rows_of(limit: usize) -> i64 {
    limit as i64 + 1
}

/// The key that a cursor names.
pub(crate) fn key_of<K: FromStr>(cursor: Option<&Cursor>) -> Result<Option<K>, ReadError> {
    cursor
        .map(|cursor| cursor.0.parse().map_err(|_| ReadError::filter("cursor", "is not one that this list has given")))
        .transpose()
}

/// The lowest id that something of this time can have.
pub(crate) fn id_at(at: Timestamp) -> Uuid {
    let ms = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    id::lowest_at(ms.min((1 << 48) - 1))
}

/// The lowest id of what was made at or after `since`, if ids may be `slack` older than what they name.
pub(crate) fn lowest_id(since: Option<Timestamp>, slack: Duration) -> Option<Uuid> {
    since.map(|at| id_at(at.checked_sub(slack.try_into().unwrap_or_default()).unwrap_or(at)))
}

/// An id above all of what was made before `until`.
pub(crate) fn highest_id(until: Option<Timestamp>) -> Option<Uuid> {
    until.map(|at| id_at(at.checked_add(CLOCK_SKEW_MAX.try_into().unwrap_or_default()).unwrap_or(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::MessageId;

    #[test]
    fn limits_stay_between_one_and_the_most() {
        assert_eq!([None, Some(0), Some(7), Some(9999)].map(limit_of), [50, 1, 7, 250]);
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        assert!(key_of::<MessageId>(Some(&Cursor("nonsense".into()))).is_err());
        let id = MessageId::generate();
        assert_eq!(key_of(Some(&Cursor(id.to_string()))).unwrap(), Some(id));
        assert_eq!(key_of::<MessageId>(None).unwrap(), None);
    }

    #[test]
    fn times_before_ids_and_at_the_end_of_time_are_cut() {
        assert_eq!(id_at(Timestamp::UNIX_EPOCH - Duration::from_hours(1)), id::lowest_at(0));
        let end = time::macros::datetime!(9999-12-31 23:59:59 UTC);
        assert!(highest_id(Some(end)).unwrap() > MessageId::generate().uuid());
    }
}
