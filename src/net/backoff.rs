//! Pauses between the attempts of a call.

use std::time::Duration;

/// Pause after the first attempt. Doubles with each further one.
const FIRST: Duration = Duration::from_millis(200);
/// Attempt from which the pause does not grow.
const LAST: u32 = 6;

/// Pause after an attempt, counted from 1: 200 ms, doubling up to 6.4 s, minus a random part of up to one half, so that
/// clients that failed together do not retry together.
pub(crate) fn pause(attempt: u32) -> Duration {
    let full = FIRST * (1 << (attempt.clamp(1, LAST) - 1));
    // If the system has no random number, use the full pause.
    let share = getrandom::u32().unwrap_or(0);
    full - full.mul_f64(f64::from(share) / f64::from(u32::MAX) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_vary() {
        for (attempt, full) in [(0, 200), (1, 200), (2, 400), (3, 800), (1000, 6400)] {
            let pauses: Vec<_> = (0..20).map(|_| pause(attempt)).collect();
            let full = Duration::from_millis(full);
            assert!(pauses.iter().all(|p| (full / 2..=full).contains(p)), "{attempt}: {pauses:?}");
            assert!(pauses.windows(2).any(|w| w[0] != w[1]), "{attempt}: no variation");
        }
    }
}
