//! Which deliveries were never taken: GitHub does not redeliver by itself. Pure.
//! Source: <https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries>.

use super::{HookDelivery, HookDeliveryId};
use hookreel_kernel::Timestamp;
use std::collections::BTreeMap;
use std::ops::Range;

/// A delivery of which every known attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedDelivery {
    /// Names what was delivered.
    pub guid: String,
    /// The latest attempt: what to ask GitHub to redeliver.
    pub latest: HookDeliveryId,
    /// The status of the latest attempt; 0 if there was no answer.
    pub status_code: u16,
    /// GitHub's word for how the latest attempt ended.
    pub status: String,
    /// What happened on GitHub.
    pub event: String,
    /// What exactly.
    pub action: Option<String>,
    /// How many attempts are known.
    pub attempts: usize,
    /// When the first known attempt was made.
    pub first_at: Timestamp,
    /// When the latest was made.
    pub latest_at: Timestamp,
}

/// The deliveries of which every attempt failed, oldest first, and at least one within the window (its end is not part
/// of it). One success at any time, within the window or not, means that the receiver has it.
///
/// `attempts` may come in any order; the list should reach from the beginning of the window to now, since a redelivery
/// comes later than what it repeats.
pub fn failed_deliveries(attempts: &[HookDelivery], window: Range<Timestamp>) -> Vec<FailedDelivery> {
    let mut by_guid: BTreeMap<&str, Vec<&HookDelivery>> = BTreeMap::new();
    for attempt in attempts {
        by_guid.entry(&attempt.guid).or_default().push(attempt);
    }
    let mut failed: Vec<_> = by_guid
        .into_values()
        .filter(|attempts| !attempts.iter().any(|attempt| attempt.succeeded()))
        .filter(|attempts| attempts.iter().any(|attempt| window.contains(&attempt.delivered_at)))
        .filter_map(|attempts| summary(&attempts))
        .collect();
    failed.sort_by(|one, other| (one.first_at, &one.guid).cmp(&(other.first_at, &other.guid)));
    failed
}

fn summary(attempts: &[&HookDelivery]) -> Option<FailedDelivery> {
    let by_time = |attempt: &&&HookDelivery| (attempt.delivered_at, attempt.id);
    let first = attempts.iter().min_by_key(by_time)?;
    let latest = attempts.iter().max_by_key(by_time)?;
    Some(FailedDelivery {
        guid: latest.guid.clone(),
        latest: latest.id,
        status_code: latest.status_code,
        status: latest.status.clone(),
        event: latest.event.clone(),
        action: latest.action.clone(),
        attempts: attempts.len(),
        first_at: first.delivered_at,
        latest_at: latest.delivered_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use time::Duration;
    use time::macros::datetime;

    const NOW: Timestamp = datetime!(2026-11-23 09:30:00 UTC);

    fn attempt(id: u64, guid: &str, minute: i64, status_code: u16) -> HookDelivery {
        HookDelivery {
            id: HookDeliveryId(id),
            guid: guid.to_owned(),
            delivered_at: NOW + Duration::minutes(minute),
            redelivery: false,
            status: String::new(),
            status_code,
            event: "push".to_owned(),
            action: None,
        }
    }

    fn window(from_minute: i64, to_minute: i64) -> Range<Timestamp> {
        NOW + Duration::minutes(from_minute)..NOW + Duration::minutes(to_minute)
    }

    #[test]
    fn a_delivery_that_succeeded_later_has_not_failed() {
        let latest = HookDelivery {
            status: "not found".to_owned(),
            action: Some("opened".to_owned()),
            ..attempt(4, "b", 8, 404)
        };
        let attempts =
            [attempt(1, "a", 1, 500), attempt(2, "a", 9, 200), attempt(3, "b", 2, 0), latest, attempt(5, "c", 3, 204)];
        let failed = failed_deliveries(&attempts, window(0, 5));
        assert_eq!(
            failed,
            [FailedDelivery {
                guid: "b".to_owned(),
                latest: HookDeliveryId(4),
                status_code: 404,
                status: "not found".to_owned(),
                event: "push".to_owned(),
                action: Some("opened".to_owned()),
                attempts: 2,
                first_at: NOW + Duration::minutes(2),
                latest_at: NOW + Duration::minutes(8),
            }]
        );
    }

    #[test]
    fn a_window_has_its_beginning_and_not_its_end() {
        let attempts = [attempt(1, "a", 0, 500), attempt(2, "b", 5, 500), attempt(3, "c", 4, 302)];
        let guids: Vec<_> = failed_deliveries(&attempts, window(0, 5)).into_iter().map(|failed| failed.guid).collect();
        assert_eq!(guids, ["a", "c"]);
    }

    fn attempts() -> impl Strategy<Value = Vec<HookDelivery>> {
        let status = prop_oneof![Just(0_u16), Just(200), Just(204), Just(299), Just(302), Just(404), Just(500)];
        let one = ("[a-e]", 0_i64..10, status);
        prop::collection::vec(one, 0..30).prop_map(|attempts| {
            let numbered = attempts.into_iter().enumerate();
            numbered.map(|(id, (guid, minute, status))| attempt(id as u64, &guid, minute, status)).collect()
        })
    }

    proptest! {
        #[test]
        fn exactly_those_without_a_success_and_with_an_attempt_in_the_window_failed(
            attempts in attempts(), from in 0_i64..10, length in 0_i64..10,
        ) {
            let window = window(from, from + length);
            let failed = failed_deliveries(&attempts, window.clone());
            let guids: BTreeSet<_> = attempts.iter().map(|attempt| attempt.guid.clone()).collect();
            for guid in guids {
                let own: Vec<_> = attempts.iter().filter(|attempt| attempt.guid == guid).collect();
                let is_failed = own.iter().all(|attempt| !(200..300).contains(&attempt.status_code))
                    && own.iter().any(|attempt| window.contains(&attempt.delivered_at));
                let told: Vec<_> = failed.iter().filter(|failed| failed.guid == guid).collect();
                prop_assert_eq!(told.len(), usize::from(is_failed));
                for told in told {
                    prop_assert_eq!(told.attempts, own.len());
                    prop_assert!(own.iter().any(|attempt| attempt.id == told.latest));
                    let known = told.first_at..=told.latest_at;
                    prop_assert!(own.iter().all(|attempt| known.contains(&attempt.delivered_at)));
                }
            }
            prop_assert!(failed.is_sorted_by_key(|failed| failed.first_at));
        }

        #[test]
        fn the_order_of_the_attempts_does_not_matter(
            (attempts, shuffled) in attempts().prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
        ) {
            prop_assert_eq!(failed_deliveries(&attempts, window(2, 8)), failed_deliveries(&shuffled, window(2, 8)));
        }

        #[test]
        fn one_success_at_any_time_takes_its_delivery_off_the_list(mut attempts in attempts(), minute in -50_i64..50) {
            attempts.push(attempt(1_000, "c", minute, 200));
            let failed = failed_deliveries(&attempts, window(0, 10));
            prop_assert!(failed.iter().all(|failed| failed.guid != "c"));
        }
    }
}
