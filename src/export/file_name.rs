//! Names of files that Windows, macOS, Linux and every ZIP program take, each once.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Most bytes of a name with its ending. Most file systems take 255; some room is left for programs that add to it.
pub const MAX_BYTES: usize = 200;
/// Names that Windows keeps for devices, whatever ending follows ("Naming Files, Paths, and Namespaces").
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Names that it keeps when one digit follows.
const NUMBERED: [&str; 2] = ["com", "lpt"];

/// A name without what a file system refuses, cut to `most` bytes at a whole character: no path, no control or
/// direction character, no dot or space at either end, no device of Windows. Never empty.
pub fn safe(name: &str, most: usize) -> String {
    let name: String = name.chars().filter(|c| !is_hidden(*c)).map(|c| if is_refused(c) { '_' } else { c }).collect();
    let trim = |c: char| c == '.' || c.is_whitespace();
    let mut name = cut(name.trim_start_matches(trim), most).trim_end_matches(trim).to_owned();
    if name.is_empty() || is_device(&name) {
        name = cut(&format!("_{name}"), most.max(1)).to_owned();
    }
    name
}

/// Characters that Windows refuses, and those that begin a new line.
fn is_refused(c: char) -> bool {
    c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' | '\u{2028}' | '\u{2029}')
}

/// Characters without a shape that make a name look like another one: direction (UAX #9, 2), zero width, tags. The
/// joiner of emoji and of Indic scripts stays.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = |prefix: &str| {
        let digit = stem.strip_prefix(prefix).map(|rest| rest.chars().collect::<Vec<_>>());
        matches!(digit.as_deref(), Some(['0'..='9' | '¹' | '²' | '³']))
    };
    DEVICES.contains(&stem.as_str()) || NUMBERED.iter().any(|prefix| numbered(prefix))
}

/// The start of a text: at most `most` bytes, whole grapheme clusters; of a cluster that is longer itself its start.
fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let ends = text.grapheme_indices(true).map(|(at, cluster)| at + cluster.len());
    match ends.take_while(|end| *end <= most).last() {
        Some(end) => &text[..end],
        None => &text[..text.floor_char_boundary(most)],
    }
}

/// Room for the number of a name that is taken: ` (200000)`, and some.
const NUMBER: usize = 12;

/// Names that are taken.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashSet<String>,
    /// The last number that was tried for a name.
    numbers: HashMap<String, u32>,
}

impl Names {
    /// A safe name with this ending (`png`) that no other has, whatever the case of its letters: the second one of a name
    /// gets ` (2)`. An ending of a picture that the name has already is not repeated.
    pub fn take(&mut self, name: &str, ending: &str) -> String {
        let room = MAX_BYTES.saturating_sub(ending.len() + 1);
        let first = safe(stem(name), room);
        if self.taken.insert(folded(&first)) {
            return format!("{first}.{ending}");
        }
        // Cut for any number, so that long names with the same beginning are counted together.
        let first = cut(&first, room.saturating_sub(NUMBER)).trim_end();
        let number = self.numbers.entry(folded(first)).or_insert(1);
        loop {
            *number += 1;
            let name = format!("{first} ({number})");
            if self.taken.insert(folded(&name)) {
                return format!("{name}.{ending}");
            }
        }
    }
}

/// Equal for names that some file system takes for one. To upper case first: it makes one of what has two lower cases
/// (`σ` and `ς`, `s` and `ſ`). Decomposed, since macOS does not tell `é` from `e` with an accent of its own.
fn folded(name: &str) -> String {
    name.nfd().collect::<String>().to_uppercase().to_lowercase().nfd().collect()
}

/// A name without the ending of a picture.
fn stem(name: &str) -> &str {
    match name.trim().rsplit_once('.') {
        Some((stem, ending))
            if ["png", "jpg", "jpeg", "webp"].iter().any(|known| ending.eq_ignore_ascii_case(known)) =>
        {
            stem
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_safe_everywhere() {
        for (name, expected) in [
            ("a/b\\c:d", "a_b_c_d"),
            ("../../etc", "_.._etc"),
            ("CON", "_CON"),
            ("con .txt", "_con .txt"),
            ("com1.png", "_com1.png"),
            ("LPT²", "_LPT²"),
            ("com10", "com10"),
            ("contact", "contact"),
            ("...", "_"),
            ("", "_"),
            ("a. .", "a"),
            ("　好?　", "好_"),
            ("a\u{202e}gnp.exe", "agnp.exe"),
            ("a\nb\u{0}", "a_b_"),
            ("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"),
        ] {
            assert_eq!(safe(name, MAX_BYTES), expected, "{name:?}");
        }
    }

    #[test]
    fn names_are_cut_between_whole_characters() {
        assert_eq!(safe(&"长".repeat(100), 200).len(), 198);
        let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
        assert_eq!(safe(&family.repeat(9), 200), family.repeat(200 / family.len()));
        assert_eq!(
            safe(&format!("a{}", "\u{301}".repeat(200)), 200).len(),
            199,
            "one cluster of 401 bytes is cut in it"
        );
    }

    #[test]
    fn the_second_of_a_name_is_numbered() {
        let mut names = Names::default();
        let taken = ["小满", "小满.PNG", "A", "a", "a (2)", "小满", "a", "x.jpeg"].map(|name| names.take(name, "png"));
        let expected =
            ["小满.png", "小满 (2).png", "A.png", "a (2).png", "a (2) (2).png", "小满 (3).png", "a (3).png", "x.png"];
        assert_eq!(taken, expected);
        let greek = ["ΑΣ", "ας", "ασ", "ſ", "S", "µ", "μ"].map(|name| names.take(name, "png"));
        assert_eq!(greek, ["ΑΣ.png", "ας (2).png", "ασ (3).png", "ſ.png", "S (2).png", "µ.png", "μ (2).png"]);
        let accents = ["Zoé", "zoe\u{301}"].map(|name| names.take(name, "png"));
        assert_eq!(accents, ["Zoé.png", "zoe\u{301} (2).png"]);
        let long = "长".repeat(100);
        let both = [names.take(&long, "png"), names.take(&long, "png")];
        assert!(both.iter().all(|name| name.len() <= MAX_BYTES), "{both:?}");
        assert!(both[1].ends_with("长 (2).png"), "{both:?}");
    }

    #[test]
    fn many_equal_names_take_no_quadratic_time() {
        let mut names = Names::default();
        for _ in 0..50_000 {
            names.take("a", "png");
        }
        assert_eq!(names.take("a", "png"), "a (50001).png");
        // Each twice; what tells them apart is where the number of the second goes.
        let start = std::time::Instant::now();
        for n in 0..5000 {
            let name = format!("{}{n:05}", "x".repeat(190));
            names.take(&name, "png");
            names.take(&name, "png");
        }
        assert!(start.elapsed().as_secs() < 60, "10 000 long names took {:?}", start.elapsed());
    }

    proptest! {
        #[test]
        fn every_name_is_safe_and_its_own(all in prop::collection::vec("\\PC{0,8}|[aA./ ():]{0,6}|\\PC{150,250}", 1..20)) {
            let mut names = Names::default();
            let taken: Vec<String> = all.iter().map(|name| names.take(name, "png")).collect();
            let mut lower: Vec<String> = taken.iter().map(|name| name.to_lowercase()).collect();
            lower.sort();
            lower.dedup();
            prop_assert_eq!(lower.len(), taken.len(), "{:?}", taken);
            for name in &taken {
                prop_assert!(name.len() <= MAX_BYTES, "{:?}", name);
                let stem = name.strip_suffix(".png").unwrap();
                prop_assert!(!stem.is_empty() && !stem.starts_with(['.', ' ']) && !stem.ends_with(['.', ' ']), "{:?}", name);
                prop_assert!(!stem.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']), "{:?}", name);
            }
        }
    }
}
