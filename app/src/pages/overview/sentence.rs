//! The overview in words.

use crate::components::{Tone, counted};
use hookreel_contract::views::{Overview, StatBucket};

/// The answer to "is everything arriving?", and how good it is.
pub(super) fn headline(overview: &Overview) -> (Tone, String) {
    let (tone, endpoints) = endpoints(overview);
    match waiting(overview) {
        Some(waiting) => (tone, format!("{endpoints} {waiting}")),
        None => (tone, endpoints),
    }
}

fn endpoints(overview: &Overview) -> (Tone, String) {
    let (all, receiving) = (overview.endpoints, overview.endpoints_receiving);
    match (all, receiving) {
        (0, _) => (Tone::Neutral, "There is no endpoint yet, so messages are kept and sent nowhere.".to_owned()),
        (1, 1) => (Tone::Ok, "Your endpoint is receiving.".to_owned()),
        (1, _) => (Tone::Bad, "Your endpoint is not receiving.".to_owned()),
        (2, 2) => (Tone::Ok, "Both endpoints are receiving.".to_owned()),
        _ if receiving >= all => (Tone::Ok, format!("All {all} endpoints are receiving.")),
        _ if receiving == 0 => (Tone::Bad, format!("None of the {all} endpoints is receiving.")),
        _ => (Tone::Warn, format!("{receiving} of {all} endpoints are receiving.")),
    }
}

fn waiting(overview: &Overview) -> Option<String> {
    let verb = |n: u64| if n == 1 { "is" } else { "are" };
    match (overview.retrying, overview.pending) {
        (0, 0) => (overview.endpoints > 0).then(|| "No delivery is waiting.".to_owned()),
        (0, n) => Some(format!("{} {} waiting for the first attempt.", counted(n, "delivery", "deliveries"), verb(n))),
        (n, _) => Some(format!("{} {} waiting to be retried.", counted(n, "delivery", "deliveries"), verb(n))),
    }
}

/// The share of deliveries that arrived, of those that came to an end.
pub(super) fn success_rate(buckets: &[StatBucket]) -> (String, Tone) {
    let per_mille = per_mille(buckets, |bucket| bucket.exhausted);
    let tone = match per_mille {
        None => Tone::Neutral,
        Some(990..) => Tone::Ok,
        Some(900..990) => Tone::Warn,
        Some(_) => Tone::Bad,
    };
    (percent(per_mille), tone)
}

/// The share of attempts that succeeded.
pub(super) fn attempt_rate(buckets: &[StatBucket]) -> String {
    percent(per_mille(buckets, |bucket| bucket.failed))
}

/// Never rounded up to all.
fn per_mille(buckets: &[StatBucket], failed: impl Fn(&StatBucket) -> u64) -> Option<u64> {
    let succeeded: u64 = buckets.iter().map(|bucket| bucket.succeeded).sum();
    let all = succeeded + buckets.iter().map(failed).sum::<u64>();
    succeeded.saturating_mul(1000).checked_div(all)
}

fn percent(per_mille: Option<u64>) -> String {
    per_mille.map_or_else(|| "–".to_owned(), |share| format!("{}.{} %", share / 10, share % 10))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::Timestamp;

    fn overview(endpoints: u32, endpoints_receiving: u32, retrying: u64, pending: u64) -> Overview {
        Overview {
            sources: 1,
            endpoints,
            endpoints_receiving,
            retrying,
            pending,
            accepted: 0,
            quarantined: 0,
            window_h: 24,
            buckets: Vec::new(),
            attention: Vec::new(),
        }
    }

    #[test]
    fn the_headline_answers_whether_everything_is_arriving() {
        assert_eq!(
            headline(&overview(4, 4, 2, 9)),
            (Tone::Ok, "All 4 endpoints are receiving. 2 deliveries are waiting to be retried.".to_owned())
        );
        assert_eq!(
            headline(&overview(1, 0, 0, 1)).1,
            "Your endpoint is not receiving. 1 delivery is waiting for the first attempt."
        );
        assert_eq!(headline(&overview(3, 1, 0, 0)).0, Tone::Warn);
        assert!(headline(&overview(0, 0, 0, 0)).1.starts_with("There is no endpoint yet"));
    }

    #[test]
    fn a_rate_is_never_rounded_up_to_all() {
        let bucket = |succeeded, exhausted| StatBucket {
            at: Timestamp::UNIX_EPOCH,
            succeeded,
            failed: exhausted + succeeded,
            exhausted,
            p50_ms: None,
            p95_ms: None,
        };
        assert_eq!(attempt_rate(&[bucket(3, 0)]), "50.0 %");
        assert_eq!(success_rate(&[bucket(99_999, 1)]), ("99.9 %".to_owned(), Tone::Ok));
        assert_eq!(success_rate(&[bucket(4, 0)]), ("100.0 %".to_owned(), Tone::Ok));
        assert_eq!(success_rate(&[]).0, "–");
    }
}
