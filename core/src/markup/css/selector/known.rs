//! Selectors that browsers know, also those that are not matched here: for `@supports selector()`.

use super::{
    Namespaces,
    parts::{attribute, combinator},
};
use crate::markup::css::{formula, scan::Scanner};

/// Maximum depth of selectors within each other.
const MAX_DEPTH: usize = 8;

/// Pseudo-classes without arguments that Chromium knows.
#[rustfmt::skip]
const CLASSES: &[&str] = &[
    "-webkit-any-link", "-webkit-autofill", "-webkit-drag", "-webkit-full-page-media", "-webkit-full-screen",
    "-webkit-full-screen-ancestor", "active", "active-view-transition", "any-link", "autofill", "checked", "corner-present",
    "current", "decrement", "default", "defined", "disabled", "double-button", "empty", "enabled", "end", "first-child",
    "first-of-type", "focus", "focus-visible", "focus-within", "fullscreen", "future", "granted", "horizontal", "host", "hover",
    "in-range", "increment", "indeterminate", "interest-source", "interest-target", "invalid", "last-child", "last-of-type",
    "link", "modal", "no-button", "only-child", "only-of-type", "open", "optional", "out-of-range", "past",
    "picture-in-picture", "placeholder-shown", "popover-open", "read-only", "read-write", "required", "root", "scope",
    "single-button", "start", "target", "target-after", "target-before", "target-current", "user-invalid", "user-valid",
    "valid", "vertical", "visited", "window-inactive", "xr-overlay",
];

/// Pseudo-elements without arguments that Chromium knows; with a hyphen at their end, beginnings of names.
#[rustfmt::skip]
const ELEMENTS: &[&str] = &[
    "-webkit-calendar-picker-indicator", "-webkit-color-swatch", "-webkit-date-and-time-value", "-webkit-datetime-edit",
    "-webkit-datetime-edit-", "-webkit-file-upload-button", "-webkit-inner-spin-button", "-webkit-input-placeholder",
    "-webkit-media-", "-webkit-meter-", "-webkit-progress-", "-webkit-resizer", "-webkit-scrollbar", "-webkit-scrollbar-",
    "-webkit-search-cancel-button", "-webkit-slider-", "after", "backdrop", "before", "checkmark", "column", "cue",
    "details-content", "file-selector-button", "first-letter", "first-line", "grammar-error", "interest-button", "marker",
    "permission-icon", "picker-icon", "placeholder", "scroll-marker", "scroll-marker-group", "search-text", "selection",
    "spelling-error", "target-text", "view-transition",
];

/// Pseudo-elements that may be written with one colon.
const LEGACY: [&str; 4] = ["after", "before", "first-letter", "first-line"];

/// What is around a selector.
#[derive(Debug, Clone, Copy)]
struct Around<'n> {
    /// Number of selectors.
    depth: usize,
    /// Whether one of them is in `:has()`, which does not contain itself.
    is_has: bool,
    /// The namespaces of the style sheet.
    namespaces: &'n Namespaces,
}

impl<'n> Around<'n> {
    /// Outside of other selectors.
    fn new(namespaces: &'n Namespaces) -> Self {
        Self { depth: 0, is_has: false, namespaces }
    }
}

/// Whether browsers know a selector. Unlike that of a rule, it is no list, and nothing in it may be unknown.
pub fn is_known(text: &str, namespaces: &Namespaces) -> bool {
    let mut scanner = Scanner::new(text);
    complex(&mut scanner, Around::new(namespaces)) && scanner.is_at_end()
}

/// Skips a pseudo-element of a rule, where those of WebKit need not be known. `None` when it is invalid.
pub fn skip_element(scanner: &mut Scanner<'_>, namespaces: &Namespaces) -> Option<()> {
    if scanner.clone().ident()?.to_ascii_lowercase().starts_with("-webkit-") {
        scanner.component();
        return Some(());
    }
    pseudo_element(scanner, Around::new(namespaces)).map(drop)
}

fn list(mut scanner: Scanner<'_>, around: Around<'_>, one: fn(&mut Scanner<'_>, Around<'_>) -> bool) -> bool {
    while one(&mut scanner, around) {
        if !scanner.comma() {
            return scanner.is_at_end();
        }
    }
    false
}

/// Compounds with combinators between them.
fn complex(scanner: &mut Scanner<'_>, around: Around<'_>) -> bool {
    if around.depth > MAX_DEPTH {
        return false;
    }
    scanner.gap();
    loop {
        let Some(is_last) = compound(scanner, around) else { return false };
        let spaced = scanner.gap();
        if matches!(scanner.peek(), None | Some(',')) {
            return true;
        }
        let joined = combinator(scanner).is_some() || spaced;
        if !joined || is_last {
            return false;
        }
    }
}

/// A selector that may begin with a combinator.
fn relative(scanner: &mut Scanner<'_>, around: Around<'_>) -> bool {
    scanner.gap();
    combinator(scanner);
    complex(scanner, around)
}

/// One compound.
fn single(scanner: &mut Scanner<'_>, around: Around<'_>) -> bool {
    scanner.gap();
    around.depth <= MAX_DEPTH && compound(scanner, around).is_some()
}

/// A name.
fn word(scanner: &mut Scanner<'_>, _: Around<'_>) -> bool {
    scanner.gap();
    scanner.ident().is_some()
}

/// Reads a compound. Whether it has a pseudo-element, after which nothing follows; `None` when something in it is unknown.
fn compound(scanner: &mut Scanner<'_>, around: Around<'_>) -> Option<bool> {
    let start = scanner.at;
    let mut element: Option<String> = None;
    loop {
        let is_first = scanner.at == start;
        match scanner.peek() {
            Some(':') => {
                scanner.at += 1;
                let next = match scanner.eat(':') {
                    true => Some(pseudo_element(scanner, around)?),
                    false => legacy_element(scanner),
                };
                let last = element.as_deref();
                let is_known = match &next {
                    // Selectors in others have none.
                    Some(next) => around.depth == 0 && last.is_none_or(|last| has_element(last, next)),
                    None => last.is_none_or(has_states) && pseudo_class(scanner, around),
                };
                is_known.then_some(())?;
                element = next.or(element);
            }
            Some('#' | '.') if element.is_none() => {
                scanner.at += 1;
                scanner.ident()?;
            }
            Some('[') if element.is_none() => drop(attribute(scanner, around.namespaces)?),
            Some('&') if element.is_none() => scanner.at += 1,
            Some('*' | '|') if is_first => {
                scanner.eat('*');
                if scanner.eat('|') && !scanner.eat('*') {
                    scanner.ident()?;
                }
            }
            Some(_) if is_first => {
                let name = scanner.ident()?;
                if scanner.eat('|') {
                    around.namespaces.is_svg(&name)?;
                    if !scanner.eat('*') {
                        scanner.ident()?;
                    }
                }
            }
            _ => return (!is_first).then_some(element.is_some()),
        }
    }
}

/// Whether a pseudo-element has another one.
fn has_element(one: &str, next: &str) -> bool {
    match one {
        "part" | "slotted" | "details-content" => !matches!(next, "part" | "slotted"),
        "after" | "before" => next == "marker",
        "column" => next == "scroll-marker",
        _ => false,
    }
}

/// Whether a pseudo-element has pseudo-classes.
fn has_states(element: &str) -> bool {
    matches!(element, "part" | "scroll-marker" | "search-text" | "selection")
        || ["-webkit-", "view-transition-"].iter().any(|start| element.starts_with(start))
}

/// A pseudo-element after one colon.
fn legacy_element(scanner: &mut Scanner<'_>) -> Option<String> {
    let mut next = *scanner;
    let name = next.ident()?.to_ascii_lowercase();
    LEGACY.contains(&name.as_str()).then_some(())?;
    *scanner = next;
    Some(name)
}

fn pseudo_element(scanner: &mut Scanner<'_>, around: Around<'_>) -> Option<String> {
    let Some((name, mut inner)) = scanner.function() else {
        let name = scanner.ident()?.to_ascii_lowercase();
        let is = |known: &&str| *known == name || known.ends_with('-') && name.starts_with(known);
        return ELEMENTS.iter().any(is).then_some(name);
    };
    let within = Around { depth: around.depth + 1, ..around };
    let is_known = match name.as_str() {
        "slotted" => single(&mut inner, within) && inner.is_at_end(),
        "cue" => list(inner, within, single),
        "highlight" => word(&mut inner, within) && inner.is_at_end(),
        "part" => std::iter::from_fn(|| word(&mut inner, within).then_some(())).count() > 0 && inner.is_at_end(),
        "picker" => inner.text.trim().eq_ignore_ascii_case("select"),
        "scroll-button"
        | "view-transition-group"
        | "view-transition-group-children"
        | "view-transition-image-pair"
        | "view-transition-new"
        | "view-transition-old" => !inner.is_at_end(),
        _ => false,
    };
    is_known.then_some(name)
}

fn pseudo_class(scanner: &mut Scanner<'_>, around: Around<'_>) -> bool {
    let Some((name, mut inner)) = scanner.function() else {
        return scanner.ident().is_some_and(|name| CLASSES.contains(&name.to_ascii_lowercase().as_str()));
    };
    let within = Around { depth: around.depth + 1, ..around };
    match name.as_str() {
        "not" | "is" | "where" => list(inner, within, complex),
        "-webkit-any" => list(inner, within, single),
        "has" => !around.is_has && list(inner, Around { is_has: true, ..within }, relative),
        "host" | "host-context" => single(&mut inner, within) && inner.is_at_end(),
        "nth-child" | "nth-last-child" => nth(inner.text, within),
        "nth-of-type" | "nth-last-of-type" => formula::read(inner.text).is_some(),
        "dir" | "lang" | "state" => word(&mut inner, within) && inner.is_at_end(),
        "active-view-transition-type" => list(inner, within, word),
        _ => false,
    }
}

/// `an+b of selectors`
fn nth(text: &str, within: Around<'_>) -> bool {
    let lower = text.to_ascii_lowercase();
    match lower.find(" of ") {
        Some(at) => {
            formula::read(&lower[..at]).is_some() && list(Scanner::new(&text[at + " of ".len()..]), within, complex)
        }
        None => formula::read(text).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `CSS.supports()` of Chromium 156.
    #[test]
    fn selectors_are_known_as_in_chromium() {
        for text in [
            ":has(a)",
            "a:has(> b, + c)",
            ":is(a:has(b), c d)",
            ":not(:has(a))",
            ":nth-child(2n+1 of a, .b)",
            ":nth-last-child( 2n )",
            "::part(x y):hover",
            "::slotted(a)::before",
            "a:before",
            "::before::marker",
            "::-webkit-scrollbar:horizontal",
            "::highlight(x)",
            ":host(.a)",
            ":lang(en)",
            ":dir(ltr)",
            ":READ-ONLY",
            ":focus-visible > a ~ b + c",
            "& a",
            "*|a",
            "|a",
            "[a=b i]",
            "[*|a|=b][|a]",
            "a /**/ > /**/ b.c#d",
        ] {
            assert!(is_known(text, &Namespaces::default()), "{text}");
        }
    }

    #[test]
    fn other_selectors_are_unknown_as_in_chromium() {
        for text in [
            "",
            "a, b",
            "a >",
            "> a",
            "a || b",
            ":shiny",
            "::shiny",
            ":is()",
            ":is(:shiny, a)",
            ":where(a, ::before)",
            ":not()",
            ":has()",
            ":has(:has(a))",
            ":has(:is(:has(a)))",
            ":nth-of-type(1 of a)",
            ":nth-child(x)",
            ":nth-child(1 of :shiny)",
            ":matches(a)",
            ":-moz-any(a)",
            ":playing",
            ":lang(en, zh)",
            ":host(a b)",
            "::slotted(a b)",
            "::before a",
            "::before.a",
            "a:before:hover",
            "::marker::before",
            "svg|a",
            "[svg|a]",
            "[a=b x]",
            "#1a",
            "..a",
            "&a",
        ] {
            assert!(!is_known(text, &Namespaces::default()), "{text}");
        }
        let deep = format!("{}a{}", ":not(".repeat(1000), ")".repeat(1000));
        assert!(!is_known(&deep, &Namespaces::default()));
        let mut namespaces = Namespaces::default();
        namespaces.declare("svg 'urn:svg'", "urn:svg");
        assert!(is_known("svg|a > svg|*[svg|b]", &namespaces) && !is_known("svg|a > g|a", &namespaces));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(css in "[a-c{}()'\":;#*|=~>+\\[\\]., \\\\nothasf]{0,60}") {
            is_known(&css, &Namespaces::default());
        }
    }
}
