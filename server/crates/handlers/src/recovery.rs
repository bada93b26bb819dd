//! Recoveries that run: each delivery that GitHub failed to make is asked for again, one after the other.
//!
//! A recovery's row is its own alarm clock: it says when somebody has to go on. Whoever does moves that time ahead of
//! itself, step by step: what a process leaves behind that ends is taken up by another, and no delivery is passed over.
//! There are few recoveries and they are slow, so that a job of the queue for each step would only be one more thing to
//! lose. GitHub is asked outside of any transaction; who dies in between asks once more, and the source tells repetitions
//! by their id.

mod step;
mod worker;

pub use worker::{Recoverer, RecoveryParts};
