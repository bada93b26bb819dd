//! How fast a handler goes: what follows on events gives way to deliveries, and is never left behind for good.

use std::time::{Duration, Instant};

/// How long a step should take: what shares the processors with it waits no longer than that.
const STEP_TIME: Duration = Duration::from_millis(15);
/// Positions looked through in one step: as many as take that long, within these bounds.
const POSITIONS_MIN: i64 = 20;
const POSITIONS_MAX: i64 = 2_000;
/// Of the first step, about which nothing is known yet.
const POSITIONS_FIRST: i64 = 100;
/// How long it waits at least after a step: what comes meanwhile is handled at once, and a batch costs little more than one
/// event.
const PAUSE_MIN: Duration = Duration::from_millis(200);
/// How many times as long as a step took the pause after it is, in a rush.
const RUSH_FACTOR: u32 = 9;
/// A rush is when more events than this happen in a second.
const RUSH_PER_S: f64 = 100.0;
/// A step that took long for another reason is not followed by minutes of nothing.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Who is further behind than this hurries in a rush too: what never ends must not leave a handler ever further behind.
const BEHIND_MAX: Duration = Duration::from_mins(1);

/// What a step has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The last position there was.
    pub(crate) head: i64,
    /// Whether the step came as far as that.
    pub(crate) is_at_head: bool,
    /// How long ago the first event it came by had happened.
    pub(crate) behind: Duration,
}

#[derive(Debug)]
pub(crate) struct Pace {
    positions: i64,
    /// The head at the step before, and when that was.
    before: Option<(Instant, i64)>,
}

impl Pace {
    pub(crate) const fn new() -> Self {
        Self { positions: POSITIONS_FIRST, before: None }
    }

    /// Positions to be looked through in the next step.
    pub(crate) const fn positions(&self) -> i64 {
        self.positions
    }

    /// The pause after a step that took until `now`.
    pub(crate) fn pause_after(&mut self, took: Duration, seen: Seen, now: Instant) -> Duration {
        // Not at once, since one step says little about the next.
        let change = (STEP_TIME.as_secs_f64() / took.as_secs_f64().max(0.001)).clamp(0.25, 2.0);
        self.positions = ((self.positions as f64 * change) as i64).clamp(POSITIONS_MIN, POSITIONS_MAX);
        let is_rush = self.before.replace((now, seen.head)).is_some_and(|(then, head)| {
            (seen.head - head) as f64 > RUSH_PER_S * now.saturating_duration_since(then).as_secs_f64()
        });
        if seen.is_at_head || (is_rush && seen.behind <= BEHIND_MAX) {
            (took * RUSH_FACTOR).clamp(PAUSE_MIN, PAUSE_MAX)
        } else {
            took.min(PAUSE_MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    const fn seen(head: i64, behind: Duration) -> Seen {
        Seen { head, is_at_head: false, behind }
    }

    #[test]
    fn in_a_rush_a_handler_takes_a_tenth_of_a_processor_until_it_is_far_behind() {
        let (mut pace, start) = (Pace::new(), Instant::now());
        pace.pause_after(ms(50), seen(1_000, ms(0)), start);
        assert_eq!(pace.pause_after(ms(50), seen(2_000, ms(100)), start + ms(500)), ms(450));
        assert_eq!(pace.pause_after(ms(50), seen(3_000, ms(61_000)), start + ms(1_000)), ms(50));
        assert_eq!(pace.pause_after(ms(2_000), seen(9_000, ms(100)), start + ms(4_000)), PAUSE_MAX);
    }

    #[test]
    fn after_a_rush_it_catches_up_and_at_the_head_it_waits_for_a_batch() {
        let (mut pace, start) = (Pace::new(), Instant::now());
        pace.pause_after(ms(50), seen(1_000, ms(0)), start);
        assert_eq!(pace.pause_after(ms(50), seen(1_001, ms(30_000)), start + ms(500)), ms(50));
        let at_head = Seen { is_at_head: true, ..seen(1_002, ms(10)) };
        assert_eq!(pace.pause_after(ms(1), at_head, start + ms(600)), PAUSE_MIN);
    }

    #[test]
    fn steps_that_take_long_become_smaller_and_those_that_do_not_larger() {
        let (mut pace, now) = (Pace::new(), Instant::now());
        for _ in 0..20 {
            // A position takes a millisecond.
            pace.pause_after(ms(pace.positions().unsigned_abs()), seen(0, ms(0)), now);
        }
        assert_eq!(pace.positions(), POSITIONS_MIN);
        for _ in 0..20 {
            pace.pause_after(ms(1), seen(0, ms(0)), now);
        }
        assert_eq!(pace.positions(), POSITIONS_MAX);
    }
}
