//! From the steps of the statistics to the bars of the strip.

use hookreel_contract::views::StatBucket;
use hookreel_kernel::Timestamp;

/// The most bars that can still be told apart, and hit, at 360 px.
const BARS_MAX: usize = 60;

/// One bar of the strip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Where it begins.
    pub from: Timestamp,
    /// Where the next one begins.
    pub to: Timestamp,
    /// Attempts that succeeded.
    pub succeeded: u64,
    /// Attempts that failed.
    pub failed: u64,
}

impl Bar {
    /// Attempts in all.
    pub const fn attempts(&self) -> u64 {
        self.succeeded + self.failed
    }

    /// Whether any of it is in the range; an open end has no limit.
    pub fn is_within(&self, since: Option<Timestamp>, until: Option<Timestamp>) -> bool {
        since.is_none_or(|since| self.to > since) && until.is_none_or(|until| self.from < until)
    }
}

/// Joins neighbouring steps until the strip can hold them.
pub fn bars(buckets: &[StatBucket]) -> Vec<Bar> {
    let step = match buckets {
        [first, second, ..] => second.at - first.at,
        _ => time::Duration::HOUR,
    };
    let per_bar = buckets.len().div_ceil(BARS_MAX).max(1);
    buckets
        .chunks(per_bar)
        .filter_map(|chunk| {
            let (first, last) = (chunk.first()?, chunk.last()?);
            Some(Bar {
                from: first.at,
                to: last.at + step,
                succeeded: chunk.iter().map(|bucket| bucket.succeeded).sum(),
                failed: chunk.iter().map(|bucket| bucket.failed).sum(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const START: Timestamp = datetime!(2026-11-23 0:00 UTC);

    fn hours(count: usize) -> Vec<StatBucket> {
        (0..count)
            .map(|hour| StatBucket {
                at: START + time::Duration::hours(hour as i64),
                succeeded: 2,
                failed: 1,
                exhausted: 0,
                p50_ms: None,
                p95_ms: None,
            })
            .collect()
    }

    #[test]
    fn every_step_is_a_bar_while_there_is_room() {
        let bars = bars(&hours(24));
        assert_eq!(bars.len(), 24);
        assert_eq!(bars[0].to, bars[1].from);
        assert_eq!(bars[23].to, START + time::Duration::hours(24));
    }

    #[test]
    fn steps_are_joined_without_losing_any() {
        let bars = bars(&hours(168));
        assert_eq!(bars.len(), 56);
        assert_eq!(bars.iter().map(Bar::attempts).sum::<u64>(), 168 * 3);
        assert!(bars.windows(2).all(|pair| pair[0].to == pair[1].from));
    }

    #[test]
    fn an_open_end_of_the_range_has_no_limit() {
        let bar = &bars(&hours(2))[1];
        assert!(bar.is_within(None, None));
        assert!(bar.is_within(Some(START), None));
        assert!(!bar.is_within(None, Some(START + time::Duration::HOUR)));
        assert!(!bar.is_within(Some(START + time::Duration::hours(2)), None));
    }

    #[test]
    fn no_steps_make_no_bars() {
        assert!(bars(&[]).is_empty());
    }
}
