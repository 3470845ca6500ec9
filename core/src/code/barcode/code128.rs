//! Code 128 encoder (ISO/IEC 15417): ASCII 0 to 127 in the fewest symbols that code sets A, B and C allow.

use super::tables::{self, CODE_A, CODE_B, CODE_C, CODE128_LAST_BAR, CODE128_MODULUS, SHIFT, START_A, STOP};
use crate::{
    error::{Error, ErrorKind, Result},
    words,
};

/// Maximum number of characters. GS1 allows 48 per symbol (General Specifications), other applications have up
/// to 80.
pub const MAX_CHARACTERS: usize = 80;

/// Code set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    A,
    B,
    C,
}

/// Code sets, preferred first among encodings of the same length.
const SETS: [Set; 3] = [Set::C, Set::B, Set::A];

impl Set {
    /// Symbol that latches to this set from another one.
    fn latch(self) -> u8 {
        match self {
            Self::A => CODE_A,
            Self::B => CODE_B,
            Self::C => CODE_C,
        }
    }

    /// Symbol that starts in this set.
    fn start(self) -> u8 {
        START_A + self as u8
    }

    /// Symbol of a single character.
    fn symbol(self, c: u8) -> Option<u8> {
        match (self, c) {
            (Self::A, 0..32) => Some(c + 64),
            (Self::A, 32..96) | (Self::B, 32..128) => Some(c - 32),
            _ => None,
        }
    }

    /// Symbols of the next character or pair of digits in this set, and the number of characters they take. Includes a
    /// single character of the other set behind a shift.
    fn take(self, rest: &[u8]) -> Option<(Vec<u8>, usize)> {
        let shifted = |other: Self, c: u8| Some((vec![SHIFT, other.symbol(c)?], 1));
        match (self, rest) {
            (Self::C, [tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..]) => {
                Some((vec![(tens - b'0') * 10 + ones - b'0'], 2))
            }
            (Self::C, _) | (_, []) => None,
            (_, [c, ..]) => self.symbol(*c).map(|symbol| (vec![symbol], 1)).or_else(|| match self {
                Self::A => shifted(Self::B, *c),
                _ => shifted(Self::A, *c),
            }),
        }
    }
}

/// Modules of a value, `true` for dark, from the start symbol to the last bar.
///
/// # Errors
/// `barcode_empty`, `barcode_character` and `barcode_length`.
pub fn modules(value: &str) -> Result<Vec<bool>> {
    let mut symbols = symbols(&ascii(value)?);
    symbols.push(check_symbol(&symbols));
    symbols.push(STOP);
    let widths = symbols.into_iter().filter_map(tables::code128).flatten().chain([CODE128_LAST_BAR]);
    Ok(tables::modules(widths))
}

fn ascii(value: &str) -> Result<Vec<u8>> {
    let invalid = |finding| Error::of(ErrorKind::Invalid, finding);
    if value.is_empty() {
        return Err(invalid(words::barcode_empty()));
    }
    if let Some((index, c)) = value.chars().enumerate().find(|(_, c)| !c.is_ascii()) {
        let code_point = format!("U+{:04X}", u32::from(c));
        return Err(invalid(words::code128_character(index + 1, format_args!("{:?}", c.to_string()), code_point)));
    }
    if value.len() > MAX_CHARACTERS {
        return Err(invalid(words::code128_length(value.len(), MAX_CHARACTERS)));
    }
    Ok(value.as_bytes().to_vec())
}

/// Start and data symbols. Dynamic programming from the end: the shortest encoding of each suffix in each code set.
fn symbols(value: &[u8]) -> Vec<u8> {
    // best[i][set]: encoding of value[i..] when `set` is active.
    let mut best: Vec<[Option<Vec<u8>>; 3]> = vec![Default::default(); value.len() + 1];
    best[value.len()] = [Some(Vec::new()), Some(Vec::new()), Some(Vec::new())];
    let mut whole = Vec::new();
    for i in (0..value.len()).rev() {
        // Encodings that begin with data in `set`.
        let direct = |set: Set| {
            let (mut symbols, taken) = set.take(&value[i..])?;
            symbols.extend(best[i + taken][set as usize].as_ref()?);
            Some(symbols)
        };
        let directs = SETS.map(|set| direct(set).map(|symbols| (set, symbols)));
        let shortest = directs.iter().flatten().min_by_key(|(_, symbols)| symbols.len());
        let Some((first, shortest)) = shortest else { continue };
        let with = |prefix: u8| [prefix].iter().chain(shortest).copied().collect::<Vec<u8>>();
        whole = with(first.start());
        let suffixes = SETS.map(|set| {
            let stay = directs.iter().flatten().find(|(own, _)| *own == set).map(|(_, symbols)| symbols);
            let stay = stay.filter(|symbols| symbols.len() <= shortest.len() + 1);
            (set, stay.cloned().unwrap_or_else(|| with(first.latch())))
        });
        for (set, symbols) in suffixes {
            best[i][set as usize] = Some(symbols);
        }
    }
    whole
}

/// Check symbol: the sum of the start symbol and of each other symbol times its position, modulo 103.
fn check_symbol(symbols: &[u8]) -> u8 {
    let weighted = symbols.iter().zip([1].into_iter().chain(1..)).map(|(symbol, weight)| u32::from(*symbol) * weight);
    (weighted.sum::<u32>() % CODE128_MODULUS) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::barcode::tables::{START_B, START_C};

    #[test]
    fn symbols_of_known_values() {
        // The worked example of Wikipedia's article on Code 128, in code set B instead of A.
        let symbols = symbols(b"PJJ123C");
        assert_eq!(symbols, [START_B, 48, 42, 42, 17, 18, 19, 35]);
        assert_eq!(check_symbol(&symbols), 55, "54 in code set A, whose start symbol is one less");
    }

    #[test]
    fn code_sets_are_chosen_for_the_fewest_symbols() {
        let encoded = |value: &str| symbols(value.as_bytes());
        assert_eq!(encoded("123456"), [START_C, 12, 34, 56]);
        assert_eq!(encoded("12"), [START_C, 12]);
        assert_eq!(encoded("1"), [START_B, 17]);
        assert_eq!(encoded("12345"), [START_C, 12, 34, CODE_B, 21]);
        assert_eq!(encoded("A123"), [START_B, 33, 17, 18, 19], "a latch for three digits gains nothing");
        assert_eq!(encoded("A1234"), [START_B, 33, CODE_C, 12, 34]);
        assert_eq!(encoded("a12b").len(), 5, "two digits in the middle stay in code set B");
        assert_eq!(encoded("a123456b"), [START_B, 65, CODE_C, 12, 34, 56, CODE_B, 66]);
        assert_eq!(encoded("\n"), [START_A, 74]);
        assert_eq!(encoded("a\nb"), [START_B, 65, SHIFT, 74, 66], "one control character is shifted");
        assert_eq!(encoded("a\n\n\nbc"), [START_B, 65, CODE_A, 74, 74, 74, CODE_B, 66, 67]);
        assert_eq!(encoded("\n\na\n"), [START_A, 74, 74, SHIFT, 65, 74]);
    }

    /// No encoding is longer than one by any fixed policy.
    #[test]
    fn no_longer_than_greedy() {
        let mut random = crate::testing::Random::new(20_270_110);
        for round in 0..2000 {
            let length = random.next(1, 24) as usize;
            let value: Vec<u8> = (0..length)
                .map(|_| match random.next(0, 7) {
                    0 => random.next(0, 31) as u8,
                    1 => b'a' + random.next(0, 25) as u8,
                    _ => b'0' + random.next(0, 9) as u8,
                })
                .collect();
            let shortest = symbols(&value).len();
            for run in 2..8 {
                let greedy = greedy(&value, run);
                assert!(shortest <= greedy, "round {round}: {value:?} in {shortest}, not {greedy}");
            }
        }
    }

    /// Symbols needed when code set C is used for every run of at least `run` digits, and shifts never.
    fn greedy(value: &[u8], run: usize) -> usize {
        let (mut set, mut count, mut i) = (None, 0, 0);
        while i < value.len() {
            let digits = value[i..].iter().take_while(|c| c.is_ascii_digit()).count();
            let next = match (set, value[i]) {
                (Some(Set::C), _) if digits >= 2 => Set::C,
                _ if digits >= run => Set::C,
                (Some(Set::A), 0..96) => Set::A,
                (_, 32..) => Set::B,
                _ => Set::A,
            };
            count += 1 + usize::from(set != Some(next));
            i += if next == Set::C { 2 } else { 1 };
            set = Some(next);
        }
        count
    }

    #[test]
    fn errors_name_character_and_position() {
        let error = modules("VIP会员").expect_err("not ASCII");
        assert_eq!(error.code(), "barcode_character");
        assert!(error.message().starts_with("character 4 of the barcode, \"会\" (U+4F1A), "), "{error}");
        assert_eq!(modules("").expect_err("empty").code(), "barcode_empty");
        let error = modules(&"7".repeat(81)).expect_err("too long");
        assert_eq!(error.code(), "barcode_length");
        assert!(error.message().contains("81 characters, at most 80"), "{error}");
        assert!(modules(&"7".repeat(80)).is_ok());
        assert!((0..128).all(|c| modules(&char::from(c).to_string()).is_ok()));
    }
}
