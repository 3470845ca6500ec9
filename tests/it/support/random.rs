//! Reproducible random delays.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// Random numbers (splitmix64, Steele et al. 2014). The seed is printed; `HAIBAO_TEST_SEED` reproduces a run.
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        let given = std::env::var("HAIBAO_TEST_SEED").ok().map(|seed| seed.parse().expect("a number"));
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
        println!("{}: HAIBAO_TEST_SEED={seed}", std::thread::current().name().unwrap_or_default());
        Self(seed)
    }

    /// A random number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    /// A random duration below `max`, in whole microseconds.
    pub fn time(&mut self, max: Duration) -> Duration {
        Duration::from_micros(self.below((max.as_micros() as u64).max(1)))
    }
}
