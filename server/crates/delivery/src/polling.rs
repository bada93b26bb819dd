//! When a worker looks for jobs: at once when it is told that there are some, and now and then in any case.

use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy};
use futures::StreamExt;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_stream::wrappers::WatchStream;

/// Polls that others cause and that are each followed by one of ours, after a call. One of them is the end of the
/// fetch that was under way when the call came; the other is to spare, for whatever else ends first.
const FOLLOWED_POLLS: u8 = 2;

/// Passes calls on to a worker.
///
/// apalis 1.0 forgets a call that comes while it fetches: the fetch may have begun before the new job was there, ends
/// empty, and nothing is fetched until the next call. So the worker is polled once more after that fetch has ended.
#[derive(Debug)]
pub(crate) struct OnCall {
    calls: WatchStream<()>,
    /// Polls still to be followed by one of ours.
    to_follow: u8,
    /// The next poll is one that we asked for.
    is_ours: bool,
}

impl OnCall {
    pub(crate) fn new(calls: watch::Receiver<()>) -> Self {
        Self { calls: WatchStream::from_changes(calls), to_follow: 0, is_ours: false }
    }
}

impl PollStrategy for OnCall {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        while let Poll::Ready(Some(())) = self.calls.poll_next_unpin(cx) {
            self.to_follow = FOLLOWED_POLLS;
        }
        if std::mem::take(&mut self.is_ours) {
            return Poll::Pending;
        }
        if self.to_follow > 0 {
            self.to_follow -= 1;
            self.is_ours = true;
            cx.waker().wake_by_ref();
        }
        // The worker fetches on every poll; what this answers makes no difference to it.
        Poll::Pending
    }
}

/// Has a worker look for jobs at regular times.
///
/// apalis 1.0 has an interval of its own, but begins the next one without listening to it: after the first, nothing
/// happens until something else wakes the worker.
#[derive(Debug)]
pub struct Every(Interval);

impl Every {
    /// Once in so long a time.
    pub fn new(period: Duration) -> Self {
        let mut interval = tokio::time::interval(period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(interval)
    }
}

impl PollStrategy for Every {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        // Until it has to be waited for: only then it wakes the worker, which fetches whenever it is polled.
        while self.0.poll_tick(cx).is_ready() {}
        Poll::Pending
    }
}
