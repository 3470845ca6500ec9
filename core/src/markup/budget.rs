//! Budget of one artwork: what resolving its styles and rewriting its elements may take. Everything that a small file can
//! multiply is counted here, in one place, so that neither memory nor time is without a bound.

use std::cell::Cell;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Comparisons of elements with selectors, and pieces of text that are read.
    Steps,
    /// Compounds and conditions of selectors.
    Conditions,
    /// Bytes that styles and rewriting add to elements.
    Written,
}

/// Maximum of each cost. Typical artwork takes a few thousand steps, and less than twice its own size.
const MAXIMA: [usize; 3] = [4_000_000, 100_000, 128 * 1024 * 1024];

/// Elements that are visited in a step.
const VISITED: usize = 16;

/// Counts what an artwork takes.
#[derive(Debug)]
pub struct Budget {
    maxima: [usize; 3],
    spent: [Cell<usize>; 3],
}

impl Default for Budget {
    fn default() -> Self {
        Self { maxima: MAXIMA, spent: Default::default() }
    }
}

impl Budget {
    /// This part of the usual budget, which less artwork exceeds.
    #[cfg(test)]
    pub fn part(divisor: usize) -> Self {
        Self { maxima: MAXIMA.map(|maximum| maximum / divisor), ..Self::default() }
    }

    /// Counts a cost. False when the artwork takes too much: it is rejected, whatever follows.
    pub fn spend(&self, cost: Cost, amount: usize) -> bool {
        let spent = &self.spent[cost as usize];
        spent.set(spent.get().saturating_add(amount));
        spent.get() <= self.maxima[cost as usize]
    }

    /// Counts visits of elements that may be visited again and again. False as [`Self::spend`].
    pub fn visit(&self, elements: usize) -> bool {
        self.spend(Cost::Steps, elements / VISITED)
    }

    /// Whether the artwork took too much.
    pub fn is_exceeded(&self) -> bool {
        self.spent.iter().zip(self.maxima).any(|(spent, maximum)| spent.get() > maximum)
    }
}
