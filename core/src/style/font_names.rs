//! Names in lists of font families: families, generic families, and faces as design tools write them. Illustrator writes
//! PostScript names (`NotoSansSC-Bold`).

/// Generic families that mean the default family, which every browser has: it looks no further in a list.
const DEFAULT: [&str; 3] = ["sans-serif", "system-ui", "ui-sans-serif"];

/// Ends of names with their weights. Longer ones stand before those that they end with.
const WEIGHTS: [(&str, u16); 20] = [
    ("extralight", 200),
    ("ultralight", 200),
    ("demilight", 300),
    ("semilight", 300),
    ("light", 300),
    ("hairline", 100),
    ("thin", 100),
    ("regular", 400),
    ("normal", 400),
    ("roman", 400),
    ("book", 400),
    ("medium", 500),
    ("semibold", 600),
    ("demibold", 600),
    ("extrabold", 800),
    ("ultrabold", 800),
    ("bold", 700),
    ("ultrablack", 900),
    ("black", 900),
    ("heavy", 900),
];

/// Whether the default family is drawn for a name and all that follow it in a list.
pub fn is_default(name: &str) -> bool {
    DEFAULT.iter().any(|generic| generic.eq_ignore_ascii_case(name))
}

/// The family that a name in a list is drawn with, and the weight if it is the name of a face. `known`: the families that
/// there are.
pub fn drawn<'k>(name: &str, known: &'k [String]) -> Option<(&'k str, Option<u16>)> {
    face(name, known).or_else(|| generic(name, known).map(|family| (family, None)))
}

/// The family that a name means, and the weight if it is the name of a face. `known`: the families that there are.
pub fn face<'k>(name: &str, known: &'k [String]) -> Option<(&'k str, Option<u16>)> {
    if let Some(family) = known.iter().find(|family| family.eq_ignore_ascii_case(name)) {
        return Some((family, None));
    }
    let plain =
        |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    let of_family = |wanted: &str| known.iter().find(|family| plain(family) == wanted);
    let name = plain(name);
    let end = WEIGHTS.iter().find_map(|(end, weight)| Some((name.strip_suffix(end)?, *weight)));
    match end.and_then(|(start, weight)| Some((of_family(start)?, weight))) {
        Some((family, weight)) => Some((family, Some(weight))),
        None => of_family(&name).map(|family| (family.as_str(), None)),
    }
}

/// The family that a generic one is drawn with, if it looks different from the default family, which has no serifs.
/// `known`: the families that there are.
fn generic<'k>(name: &str, known: &'k [String]) -> Option<&'k str> {
    let words = |family: &str| family.split([' ', '-', '_']).map(str::to_ascii_lowercase).collect::<Vec<_>>();
    let is_of = |family: &String, word: &str| {
        let words = words(family);
        words.iter().any(|one| one == word) && (word == "mono" || !words.iter().any(|one| one == "sans"))
    };
    let word = match name.to_ascii_lowercase().as_str() {
        "serif" | "ui-serif" => "serif",
        "monospace" | "ui-monospace" => "mono",
        _ => return None,
    };
    known.iter().find(|family| is_of(family, word)).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_families_are_those_with_their_word() {
        let known = ["Noto Sans SC", "Sans Serif", "Noto Serif SC", "Noto Sans Mono"].map(str::to_owned);
        assert_eq!(generic("serif", &known), Some("Noto Serif SC"));
        assert_eq!(generic("Monospace", &known), Some("Noto Sans Mono"));
        assert_eq!(generic("sans-serif", &known), None);
        assert_eq!(generic("serif", &known[..2]), None);
    }

    #[test]
    fn faces_are_known_by_their_names() {
        let known = ["Noto Sans SC".to_owned(), "Futura Book".to_owned()];
        for (name, found) in [
            ("noto sans sc", Some(("Noto Sans SC", None))),
            ("NotoSansSC", Some(("Noto Sans SC", None))),
            ("NotoSansSC-Bold", Some(("Noto Sans SC", Some(700)))),
            ("NotoSansSC-ExtraBold", Some(("Noto Sans SC", Some(800)))),
            ("Noto Sans SC Black", Some(("Noto Sans SC", Some(900)))),
            ("Futura-Book", Some(("Futura Book", None))),
            ("NotoSerifSC-Bold", None),
            ("Bold", None),
            ("", None),
        ] {
            assert_eq!(face(name, &known), found, "{name}");
        }
    }
}
