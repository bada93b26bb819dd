//! Randomness that can be repeated: `HOOKREEL_TEST_SEED`.

use std::time::Duration;

/// A generator of a seed that is printed.
#[derive(Debug)]
pub(crate) struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    /// Of the seed in the environment, or of one nobody has chosen.
    pub(crate) fn from_environment() -> Self {
        let given = std::env::var("HOOKREEL_TEST_SEED").ok().map(|seed| seed.parse().unwrap());
        let seed = given.unwrap_or_else(|| hookreel_kernel::EventId::generate().uuid().as_u64_pair().1 >> 16);
        Self { seed, state: seed }
    }

    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    /// A number from `0` to `end - 1`.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Waits between so many and so many milliseconds.
    pub(crate) async fn pause(&mut self, from: u64, to: u64) {
        tokio::time::sleep(Duration::from_millis(from + self.below(to - from))).await;
    }
}
