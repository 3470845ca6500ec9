//! Values of the properties of fonts.

use super::{
    Context,
    length::{Length, angle},
    values::word,
};
use crate::markup::css::scan::Scanner;

/// Words of `font-variant-ligatures`.
pub const LIGATURES: &[&str] = &[
    "normal",
    "none",
    "common-ligatures",
    "no-common-ligatures",
    "discretionary-ligatures",
    "no-discretionary-ligatures",
    "historical-ligatures",
    "no-historical-ligatures",
    "contextual",
    "no-contextual",
];
/// Words of `font-variant-caps`.
pub const CAPS: &[&str] =
    &["normal", "small-caps", "all-small-caps", "petite-caps", "all-petite-caps", "unicase", "titling-caps"];
/// Words of `font-variant-numeric`.
pub const NUMERIC: &[&str] = &[
    "normal",
    "lining-nums",
    "oldstyle-nums",
    "proportional-nums",
    "tabular-nums",
    "diagonal-fractions",
    "stacked-fractions",
    "ordinal",
    "slashed-zero",
];
/// Words of `font-variant-east-asian`.
pub const EAST_ASIAN: &[&str] = &[
    "normal",
    "jis78",
    "jis83",
    "jis90",
    "jis04",
    "simplified",
    "traditional",
    "full-width",
    "proportional-width",
    "ruby",
];

/// `font-variant`: words of its longhands.
pub fn variant(value: &str, _: &Context<'_>) -> Option<String> {
    let one = |part| [LIGATURES, CAPS, NUMERIC, EAST_ASIAN].into_iter().find_map(|words| word(words, part));
    let all: Option<Vec<&str>> = value.split_ascii_whitespace().map(one).collect();
    let all = all.filter(|all| !all.is_empty())?;
    // These stand alone.
    let is_alone = all.iter().any(|one| matches!(*one, "normal" | "none"));
    (all.len() == 1 || !is_alone).then(|| all.join(" "))
}

/// `font-feature-settings`: tags and values, between commas.
pub fn features(value: &str, _: &Context<'_>) -> Option<String> {
    if value.eq_ignore_ascii_case("normal") {
        return Some("normal".to_owned());
    }
    let (mut scanner, mut all) = (Scanner::new(value), Vec::new());
    loop {
        scanner.gap();
        let tag = scanner.string().filter(|tag| tag.len() == 4 && tag.bytes().all(|b| (b' '..=b'~').contains(&b)))?;
        scanner.gap();
        let number = match scanner.ident() {
            Some(state) if state.eq_ignore_ascii_case("on") => 1,
            Some(state) if state.eq_ignore_ascii_case("off") => 0,
            Some(_) => return None,
            None => match scanner.dimension() {
                Some((number, "")) if (0.0..=65535.0).contains(&number) && number.fract() == 0.0 => number as u16,
                Some(_) => return None,
                None => 1,
            },
        };
        // A tag of a feature contains neither.
        if !tag.contains([',', '=']) {
            all.push(format!("{tag}={number}"));
        }
        if !scanner.comma() {
            return scanner.is_at_end().then(|| all.join(","));
        }
    }
}

/// `font-weight`: words, and numbers from 1 to 1000.
pub fn weight(value: &str, context: &Context<'_>) -> Option<String> {
    if let Some(word) = word(&["normal", "bold", "bolder", "lighter"], value) {
        return Some(word.to_owned());
    }
    let mut scanner = Scanner::new(value);
    match Length::read(&mut scanner, context)? {
        Length::Number(weight) if (1.0..=1000.0).contains(&weight) && scanner.is_at_end() => {
            Some(weight.round().to_string())
        }
        _ => None,
    }
}

/// `font-style`. The angle of `oblique` in degrees; a letter that does not lean is `normal`.
pub fn slant(value: &str, _: &Context<'_>) -> Option<String> {
    let mut scanner = Scanner::new(value);
    let style = word(&["normal", "italic", "oblique"], &scanner.ident()?)?;
    scanner.gap();
    if style != "oblique" || scanner.is_at_end() {
        return scanner.is_at_end().then(|| style.to_owned());
    }
    let degrees = angle(&mut scanner, false).filter(|degrees| degrees.abs() <= 90.0 && scanner.is_at_end())?;
    Some(if degrees == 0.0 { "normal".to_owned() } else { format!("oblique {degrees}deg") })
}

/// `font-stretch`: words, and percentages as the nearest of them.
pub fn stretch(value: &str, _: &Context<'_>) -> Option<String> {
    const WORDS: [(&str, f64); 9] = [
        ("ultra-condensed", 50.0),
        ("extra-condensed", 62.5),
        ("condensed", 75.0),
        ("semi-condensed", 87.5),
        ("normal", 100.0),
        ("semi-expanded", 112.5),
        ("expanded", 125.0),
        ("extra-expanded", 150.0),
        ("ultra-expanded", 200.0),
    ];
    if let Some((word, _)) = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(value)) {
        return Some((*word).to_owned());
    }
    let (percent, "%") = Scanner::new(value).dimension()? else { return None };
    let nearest = WORDS.iter().min_by(|a, b| (a.1 - percent).abs().total_cmp(&(b.1 - percent).abs()));
    nearest.filter(|_| percent >= 0.0).map(|(word, _)| (*word).to_owned())
}

/// The longhands of `font`. `None` when it is invalid.
pub fn font(value: &str) -> Option<Vec<(&'static str, &str)>> {
    let mut scanner = Scanner::new(value);
    let mut all = vec![("font-style", "normal"), ("font-variant", "normal"), ("font-weight", "normal")];
    all.push(("font-stretch", "normal"));
    loop {
        scanner.gap();
        let part = scanner.until(&[' ', '\t', '\n', '\r', '/']);
        let lower = part.to_ascii_lowercase();
        let next = scanner.rest().trim_start();
        match lower.as_str() {
            "" => return None,
            "normal" => continue,
            "italic" | "oblique" => all[0].1 = part,
            "small-caps" => all[1].1 = part,
            "bold" | "bolder" | "lighter" => all[2].1 = part,
            _ if lower.ends_with("condensed") || lower.ends_with("expanded") => all[3].1 = part,
            _ if lower.parse::<f64>().is_ok_and(|n| n >= 1.0)
                && next.starts_with(|c| c != '/')
                && all[2].1 == "normal" =>
            {
                all[2].1 = part;
            }
            _ => {
                all.push(("font-size", part));
                break;
            }
        }
    }
    scanner.gap();
    if scanner.eat('/') {
        scanner.gap();
        scanner.until(&[' ', '\t', '\n', '\r']);
    }
    let family = scanner.rest().trim();
    all.push(("font-family", Some(family).filter(|family| !family.is_empty())?));
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_are_read() {
        let context = Context::default();
        let expected = [
            ("font-style", "italic"),
            ("font-variant", "normal"),
            ("font-weight", "600"),
            ("font-stretch", "normal"),
            ("font-size", "12px"),
            ("font-family", "\"A B\", sans-serif"),
        ];
        assert_eq!(font("italic 600 12px/1.5 \"A B\", sans-serif").as_deref(), Some(&expected[..]));
        assert_eq!(font("12px"), None);
        assert_eq!(weight("350", &context).as_deref(), Some("350"));
        assert_eq!(stretch("80%", &context).as_deref(), Some("condensed"));
        for (css, read) in [
            ("Italic", Some("italic")),
            ("oblique 20deg", Some("oblique 20deg")),
            ("oblique 0.25turn", Some("oblique 90deg")),
            ("oblique 0deg", Some("normal")),
            ("oblique 91deg", None),
            ("italic 3deg", None),
        ] {
            assert_eq!(slant(css, &context).as_deref(), read, "{css}");
        }
    }

    #[test]
    fn variants_and_features_are_read() {
        let context = Context::default();
        for (css, read) in [
            ("Small-Caps tabular-nums", Some("small-caps tabular-nums")),
            ("none", Some("none")),
            ("none tabular-nums", None),
            ("", None),
            ("shiny", None),
        ] {
            assert_eq!(variant(css, &context).as_deref(), read, "{css}");
        }
        for (css, read) in [
            ("\"tnum\"", Some("tnum=1")),
            ("'liga' off, \"ss01\" 2 , 'kern' ON", Some("liga=0,ss01=2,kern=1")),
            ("normal", Some("normal")),
            ("tnum", None),
            ("'tnum' 1.5", None),
            ("'tnum' 1,", None),
            ("'long1'", None),
        ] {
            assert_eq!(features(css, &context).as_deref(), read, "{css}");
        }
    }
}
