//! Reed-Solomon error correction over GF(256), as in QR codes (polynomial 0x11d, first root 1).

/// Logarithms, and two periods of powers of the generator, so that sums of two logarithms need no reduction.
struct Field {
    exp: [u8; 510],
    log: [u8; 256],
}

static FIELD: Field = Field::new();

impl Field {
    const fn new() -> Self {
        let (mut exp, mut log) = ([0; 510], [0; 256]);
        let (mut power, mut i) = (1u16, 0);
        while i < 255 {
            exp[i] = power as u8;
            exp[i + 255] = power as u8;
            log[power as usize] = i as u8;
            power <<= 1;
            if power > 255 {
                power ^= 0x11d;
            }
            i += 1;
        }
        Self { exp, log }
    }
}

fn mul(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    FIELD.exp[usize::from(FIELD.log[usize::from(a)]) + usize::from(FIELD.log[usize::from(b)])]
}

/// `a / b`; b is not 0.
fn div(a: u8, b: u8) -> u8 {
    if a == 0 {
        return 0;
    }
    FIELD.exp[usize::from(FIELD.log[usize::from(a)]) + 255 - usize::from(FIELD.log[usize::from(b)])]
}

fn power(exponent: usize) -> u8 {
    FIELD.exp[exponent % 255]
}

/// Evaluates a polynomial, lowest power first.
fn value(polynomial: &[u8], x: u8) -> u8 {
    polynomial.iter().rev().fold(0, |sum, c| mul(sum, x) ^ c)
}

/// Appends `parity` bytes to a message. Message and parity may have at most 255 bytes together.
pub(super) fn protect(message: &[u8], parity: usize) -> Vec<u8> {
    let mut generator = vec![1u8];
    for i in 0..parity {
        let mut next = vec![0; generator.len() + 1];
        for (j, c) in generator.iter().enumerate() {
            next[j] ^= c;
            next[j + 1] ^= mul(*c, power(i));
        }
        generator = next;
    }
    let mut rest = message.to_vec();
    rest.resize(message.len() + parity, 0);
    for i in 0..message.len() {
        let factor = rest[i];
        for (j, c) in generator.iter().enumerate() {
            rest[i + j] ^= mul(*c, factor);
        }
    }
    rest[..message.len()].copy_from_slice(message);
    rest
}

/// Corrects up to `parity / 2` wrong bytes in place. If there are more, returns `None` or, rarely, corrects to a wrong
/// word; callers must verify a checksum.
pub(super) fn repair(word: &mut [u8], parity: usize) -> Option<()> {
    let syndromes = syndromes(word, parity);
    if syndromes.iter().all(|s| *s == 0) {
        return Some(());
    }
    let locator = error_locator(&syndromes)?;
    let degree = locator.len() - 1;
    let places: Vec<usize> = (0..word.len()).filter(|place| value(&locator, power(255 - place % 255)) == 0).collect();
    if places.len() != degree {
        return None;
    }
    // Forney: the evaluator over the locator's derivative, at each root.
    let mut evaluator = vec![0; parity];
    for (i, s) in syndromes.iter().enumerate() {
        for (j, l) in locator.iter().enumerate().take(parity - i) {
            evaluator[i + j] ^= mul(*s, *l);
        }
    }
    let derivative: Vec<u8> = (1..locator.len()).map(|i| if i % 2 == 1 { locator[i] } else { 0 }).collect();
    for place in places {
        let root = power(255 - place % 255);
        let slope = value(&derivative, root);
        if slope == 0 {
            return None;
        }
        let last = word.len() - 1;
        word[last - place] ^= mul(power(place), div(value(&evaluator, root), slope));
    }
    self::syndromes(word, parity).iter().all(|s| *s == 0).then_some(())
}

fn syndromes(word: &[u8], parity: usize) -> Vec<u8> {
    (0..parity).map(|i| word.iter().fold(0, |sum, c| mul(sum, power(i)) ^ c)).collect()
}

/// Berlekamp-Massey: the shortest polynomial, lowest power first, that generates the syndromes. `None` if it
/// corresponds to more errors than can be corrected.
fn error_locator(syndromes: &[u8]) -> Option<Vec<u8>> {
    let (mut current, mut before) = (vec![1u8], vec![1u8]);
    let (mut errors, mut gap, mut last) = (0, 1, 1u8);
    for n in 0..syndromes.len() {
        let discrepancy = (0..=errors.min(current.len() - 1)).fold(0, |d, i| d ^ mul(current[i], syndromes[n - i]));
        if discrepancy == 0 {
            gap += 1;
            continue;
        }
        let mut next = current.clone();
        let factor = div(discrepancy, last);
        next.resize(next.len().max(before.len() + gap), 0);
        for (i, c) in before.iter().enumerate() {
            next[i + gap] ^= mul(factor, *c);
        }
        if 2 * errors <= n {
            (errors, last, gap) = (n + 1 - errors, discrepancy, 1);
            before = std::mem::replace(&mut current, next);
        } else {
            current = next;
            gap += 1;
        }
    }
    while current.last() == Some(&0) {
        current.pop();
    }
    (current.len() - 1 == errors && 2 * errors <= syndromes.len()).then_some(current)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn half_the_parity_can_be_corrected(
            message in prop::collection::vec(any::<u8>(), 1..40),
            half in 1usize..12,
            faults in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 0..12),
        ) {
            let good = protect(&message, 2 * half);
            prop_assert_eq!(&good[..message.len()], &message[..], "the message comes first, unchanged");
            let mut bad = good.clone();
            for (place, flip) in faults.iter().take(half) {
                let place = place.index(bad.len());
                bad[place] ^= flip;
            }
            prop_assert_eq!(repair(&mut bad, 2 * half), Some(()));
            prop_assert_eq!(bad, good);
        }
    }
}
