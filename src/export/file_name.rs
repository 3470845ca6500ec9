//! Unique file names that are valid on Windows, macOS, Linux and in ZIP programs.

use std::collections::{HashMap, HashSet};

use haibao_core::encode::Format;
use image::ImageFormat;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Maximum length of a name with its extension, in bytes. Most file systems allow 255; the rest is left for programs that
/// append to names.
pub const MAX_BYTES: usize = 200;
/// Device names that Windows reserves with any extension ("Naming Files, Paths, and Namespaces").
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Device names that Windows reserves when followed by one digit.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// Makes a name safe for all common file systems and truncates it to `max_bytes` between grapheme clusters.
///
/// The result is never empty. It contains no path separators, no characters that [`visible`] removes, does not start or end
/// with a dot or white space, and is not a Windows device name.
pub fn safe(name: &str, max_bytes: usize) -> String {
    let name: String = visible(name).map(|c| if is_forbidden(c) { '_' } else { c }).collect();
    let trim = |c: char| c == '.' || c.is_whitespace();
    let mut name = cut(name.trim_start_matches(trim), max_bytes).trim_end_matches(trim).to_owned();
    if name.is_empty() || is_device(&name) {
        name = cut(&format!("_{name}"), max_bytes.max(1)).to_owned();
    }
    name
}

/// The characters of a name without control characters, line separators, and characters that can make a name look like
/// another one.
pub fn visible(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|c| !is_hidden(*c))
}

/// A safe name of a download with this extension (`png`), which replaces its own and that of another picture. `default` replaces a
/// name of which nothing is left.
pub fn download(name: &str, extension: &str, default: &str) -> String {
    let dot = format!(".{extension}");
    let name = name.trim();
    let is_extended =
        name.len() >= dot.len() && name.get(name.len() - dot.len()..).is_some_and(|end| end.eq_ignore_ascii_case(&dot));
    let base = match is_extended {
        true => &name[..name.len() - dot.len()],
        false if is_picture(extension) => stem(name),
        false => name,
    };
    let base = if visible(base).all(|c| c == '.' || c.is_whitespace()) { default } else { base };
    format!("{}{dot}", safe(base, MAX_BYTES - dot.len()))
}

/// Characters that Windows forbids in names.
fn is_forbidden(c: char) -> bool {
    matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*')
}

/// Control characters, line separators, noncharacters, and invisible format characters (Unicode's category Cf), such as
/// bidirectional controls (UAX #9, 2). The joiners U+200C and U+200D are kept, because emoji and Indic scripts need them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
        || matches!(c, '\u{fdd0}'..='\u{fdef}')
        || u32::from(c) & 0xfffe == 0xfffe
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = |prefix: &str| {
        let digit = stem.strip_prefix(prefix).map(|rest| rest.chars().collect::<Vec<_>>());
        matches!(digit.as_deref(), Some(['0'..='9' | '¹' | '²' | '³']))
    };
    DEVICES.contains(&stem.as_str()) || NUMBERED_DEVICES.iter().any(|prefix| numbered(prefix))
}

/// Truncates a text to `max_bytes` between grapheme clusters, or between characters if the first cluster is longer.
fn cut(text: &str, max_bytes: usize) -> &str {
    if text.len() <= max_bytes {
        return text;
    }
    let ends = text.grapheme_indices(true).map(|(at, cluster)| at + cluster.len());
    match ends.take_while(|end| *end <= max_bytes).last() {
        Some(end) => &text[..end],
        None => &text[..text.floor_char_boundary(max_bytes)],
    }
}

/// Bytes reserved for the suffix of a duplicate name, such as ` (200000)`.
const MAX_SUFFIX_BYTES: usize = 12;

/// Set of assigned names. Of each, only a hash is kept: a sheet may have 200 000. Two names with the same hash would merely get a number.
#[derive(Debug, Default)]
pub struct FileNames {
    taken: HashSet<u64>,
    /// Last suffix number tried for each name.
    suffixes: HashMap<u64, u32>,
}

impl FileNames {
    /// Assigns a safe name with this extension (`png`) that is unique, ignoring case.
    ///
    /// Duplicates get a suffix, starting with ` (2)`. An image extension that the name already has is removed first.
    pub fn take(&mut self, name: &str, extension: &str) -> String {
        let max_bytes = MAX_BYTES.saturating_sub(extension.len() + 1);
        let first = safe(stem(name), max_bytes);
        if self.taken.insert(key(&first)) {
            return format!("{first}.{extension}");
        }
        // Reserving the longest suffix makes long names with the same prefix share one counter.
        let first = cut(&first, max_bytes.saturating_sub(MAX_SUFFIX_BYTES)).trim_end();
        let number = self.suffixes.entry(key(first)).or_insert(1);
        loop {
            *number += 1;
            let name = format!("{first} ({number})");
            if self.taken.insert(key(&name)) {
                return format!("{name}.{extension}");
            }
        }
    }
}

/// Key that is equal for names which some file system treats as the same. It is the same in every run, so that a resumed export
/// gives the same names.
///
/// Converts to upper case first, which unifies letters with several lower-case forms (`σ` and `ς`, `s` and `ſ`).
/// Decomposes (NFD), because macOS treats composed and decomposed `é` as equal.
fn key(name: &str) -> u64 {
    let folded: String = name.nfd().collect::<String>().to_uppercase().to_lowercase().nfd().collect();
    let hash = blake3::hash(folded.as_bytes());
    hash.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Whether a file extension is that of a picture: of an output format, or of another one that the crate `image` knows.
fn is_picture(extension: &str) -> bool {
    let is_output = |format: &Format| extension.eq_ignore_ascii_case(format.extension());
    Format::ALL.iter().any(is_output) || ImageFormat::from_extension(extension).is_some()
}

/// The extension of a name, if it is that of a picture in another format than this one.
pub fn other_extension<'n>(name: &'n str, extension: &str) -> Option<&'n str> {
    let (_, own) = name.trim().rsplit_once('.')?;
    let is_same = own.eq_ignore_ascii_case(extension);
    (is_picture(own) && !is_same).then_some(own)
}

/// Removes an image file extension.
fn stem(name: &str) -> &str {
    match name.trim().rsplit_once('.') {
        Some((stem, extension)) if is_picture(extension) => stem,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unsafe_names_are_sanitised() {
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
            ("a\nb\u{0}\u{85}\u{2028}", "ab"),
            ("a\u{ad}\u{2066}\u{feff}\u{1d173}\u{e0041}\u{fffe}b", "ab"),
            ("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"),
        ] {
            assert_eq!(safe(name, MAX_BYTES), expected, "{name:?}");
        }
    }

    #[test]
    fn downloads_have_their_extension() {
        for (wanted, name) in [
            ("八月 新品", "八月 新品.png"),
            ("a.PNG", "a.png"),
            ("a.html", "a.html.png"),
            ("a.jpg", "a.png"),
            ("a.b.WebP", "a.b.png"),
            (".jpg", "poster.png"),
            ("", "poster.png"),
            (".png", "poster.png"),
            ("\u{202e}gnp.exe", "gnp.exe.png"),
            ("\u{202e}\u{0}", "poster.png"),
            ("../../etc/passwd", "_.._etc_passwd.png"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie_ x.png"),
            ("aux", "_aux.png"),
            ("长", "长.png"),
        ] {
            assert_eq!(download(wanted, "png", "poster"), name, "{wanted:?}");
        }
        assert!(download(&"长".repeat(300), "png", "poster").len() <= MAX_BYTES);
        assert_eq!(download("product-share-八月", "zip", "posters"), "product-share-八月.zip");
        assert_eq!(download("a.jpg", "zip", "posters"), "a.jpg.zip");
    }

    #[test]
    fn names_are_cut_between_grapheme_clusters() {
        assert_eq!(safe(&"长".repeat(100), 200).len(), 198);
        let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
        assert_eq!(safe(&family.repeat(9), 200), family.repeat(200 / family.len()));
        assert_eq!(
            safe(&format!("a{}", "\u{301}".repeat(200)), 200).len(),
            199,
            "a cluster of 401 bytes is cut between its characters"
        );
    }

    #[test]
    fn duplicate_names_get_a_number() {
        let mut names = FileNames::default();
        let taken =
            ["小满", "小满.PNG", "A", "a", "a (2)", "小满", "a", "x.jpeg", "v1.2"].map(|name| names.take(name, "png"));
        let expected = [
            "小满.png",
            "小满 (2).png",
            "A.png",
            "a (2).png",
            "a (2) (2).png",
            "小满 (3).png",
            "a (3).png",
            "x.png",
            "v1.2.png",
        ];
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
    fn duplicate_names_take_linear_time() {
        let mut names = FileNames::default();
        for _ in 0..50_000 {
            names.take("a", "png");
        }
        assert_eq!(names.take("a", "png"), "a (50001).png");
        // Each name twice. The names differ only in the bytes that the suffix replaces.
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
        fn names_are_safe_and_unique(all in prop::collection::vec("\\PC{0,8}|[aA./ ():]{0,6}|\\PC{150,250}", 1..20)) {
            let mut names = FileNames::default();
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
