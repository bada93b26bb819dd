//! When a worker last came back from fetching jobs, be it with some or with none.
//!
//! Its heartbeat proves less: that goes on while every place is taken by a job that never ends, and nothing is fetched.
//! apalis 1.0 tells nobody that a fetch came back empty. But it takes no other step while one is under way: when the
//! worker writes its heartbeat or what became of jobs, the fetch had come back by the time a job was last asked for.

use apalis_core::backend::{Backend, BackendConfig, WireFormatBackend};
use apalis_core::worker::context::WorkerContext;
use std::task::{Context, Poll};
use std::time::Instant;

/// A backend, and who is told when fetches came back.
pub(crate) struct Fetches<B, F> {
    backend: B,
    note: F,
    /// Its jobs last as long as they have to: that every place is taken is no sign of trouble.
    is_patient: bool,
    /// When it was last asked for a job and had none.
    asked_at: Option<Instant>,
    /// It was ready, and was not asked for a job since: every place is taken.
    is_passed_over: bool,
}

impl<B, F: FnMut(Instant)> Fetches<B, F> {
    pub(crate) const fn new(backend: B, is_patient: bool, note: F) -> Self {
        Self { backend, note, is_patient, asked_at: None, is_passed_over: false }
    }
}

impl<B: Backend, F: FnMut(Instant)> Backend for Fetches<B, F> {
    type Task = B::Task;
    type Error = B::Error;

    fn poll_ready(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Self::Error>> {
        let is_full = std::mem::take(&mut self.is_passed_over);
        let polled = self.backend.poll_ready(cx, worker);
        match &polled {
            Poll::Pending if is_full && self.is_patient => (self.note)(Instant::now()),
            Poll::Pending => {
                if let Some(asked_at) = self.asked_at {
                    (self.note)(asked_at);
                }
            }
            Poll::Ready(result) => self.is_passed_over = result.is_ok(),
        }
        polled
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        worker: &WorkerContext,
    ) -> Poll<Option<Result<Self::Task, Self::Error>>> {
        self.is_passed_over = false;
        let polled = self.backend.poll_next(cx, worker);
        match &polled {
            Poll::Pending => self.asked_at = Some(Instant::now()),
            Poll::Ready(Some(Ok(_))) => (self.note)(Instant::now()),
            Poll::Ready(Some(Err(_)) | None) => {}
        }
        polled
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Self::Error>> {
        self.backend.poll_close(cx, worker)
    }
}

impl<B: BackendConfig, F> BackendConfig for Fetches<B, F> {
    type Args = B::Args;
    type Id = B::Id;
    type Kind = B::Kind;
    type Config = B::Config;
    type Layer = B::Layer;

    fn config(&self) -> &Self::Config {
        self.backend.config()
    }

    fn middleware(&mut self, worker: &mut WorkerContext) -> Self::Layer {
        self.backend.middleware(worker)
    }
}

impl<B: WireFormatBackend, F> WireFormatBackend for Fetches<B, F> {
    type Codec = B::Codec;
    type Compact = B::Compact;

    fn codec(&self) -> &Self::Codec {
        self.backend.codec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::task::Waker;

    /// A backend that stands where a test puts it.
    #[derive(Default)]
    struct Fake {
        is_beating: bool,
        job: Option<u32>,
    }

    impl Backend for Fake {
        type Task = u32;
        type Error = Infallible;

        fn poll_ready(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
            if self.is_beating { Poll::Pending } else { Poll::Ready(Ok(())) }
        }

        fn poll_next(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Option<Result<u32, Infallible>>> {
            self.job.take().map_or(Poll::Pending, |job| Poll::Ready(Some(Ok(job))))
        }

        fn poll_close(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }
    }

    /// What a worker does.
    struct World<F> {
        worker: WorkerContext,
        fetches: Fetches<Fake, F>,
    }

    impl<F: FnMut(Instant)> World<F> {
        fn new(is_patient: bool, note: F) -> Self {
            let fetches = Fetches::new(Fake::default(), is_patient, note);
            Self { worker: WorkerContext::new("a worker"), fetches }
        }

        /// The backend is ready, and a job is asked for.
        fn ask(&mut self) {
            let cx = &mut Context::from_waker(Waker::noop());
            assert!(self.fetches.poll_ready(cx, &self.worker).is_ready());
            let _ = self.fetches.poll_next(cx, &self.worker);
        }

        /// The backend is ready, but there is no place for a job.
        fn pass_over(&mut self) {
            let cx = &mut Context::from_waker(Waker::noop());
            assert!(self.fetches.poll_ready(cx, &self.worker).is_ready());
        }

        fn beat(&mut self) {
            let cx = &mut Context::from_waker(Waker::noop());
            self.fetches.backend.is_beating = true;
            assert!(self.fetches.poll_ready(cx, &self.worker).is_pending());
            self.fetches.backend.is_beating = false;
        }
    }

    #[test]
    fn a_fetch_that_came_back_empty_counts_from_when_it_was_last_asked() {
        let mut noted = Vec::new();
        let mut world = World::new(false, |at| noted.push(at));
        world.beat();
        world.ask();
        let after_asking = Instant::now();
        world.beat();
        assert_eq!(noted.len(), 1, "before anything was asked, and while it may be under way, nothing is known");
        assert!(noted[0] <= after_asking);
    }

    #[test]
    fn a_worker_whose_places_are_all_taken_beats_on_and_is_not_taken_to_fetch() {
        let mut noted = Vec::new();
        let mut world = World::new(false, |at| noted.push(at));
        world.ask();
        for _ in 0..3 {
            world.pass_over();
            world.beat();
        }
        assert_eq!(noted, [noted[0]; 3]);
    }

    #[test]
    fn jobs_that_may_last_are_no_sign_of_trouble() {
        let mut noted = Vec::new();
        let mut world = World::new(true, |at| noted.push(at));
        world.ask();
        let after_asking = Instant::now();
        world.pass_over();
        world.beat();
        assert!(noted[0] >= after_asking);
    }

    #[test]
    fn a_job_counts_at_once() {
        let mut noted = Vec::new();
        let mut world = World::new(false, |at| noted.push(at));
        world.fetches.backend.job = Some(1);
        world.ask();
        assert_eq!(noted.len(), 1);
    }
}
