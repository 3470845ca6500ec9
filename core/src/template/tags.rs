//! Finds the positions of handlebars tags and of the names in them: the library's syntax tree has no positions.

mod enclosed;
mod limits;
mod parts;

use std::ops::Range;

use enclosed::{Enclosed, enclosed};
pub use limits::{MAX_DEPTH, MAX_TAGS};
pub use parts::{Part, PartKind, parts};

/// Byte ranges of the words of all tags of a source, in order: paths, names of helpers and numbers. Skips comments and quoted
/// text.
pub fn words(source: &str) -> Vec<Range<usize>> {
    scan(source).words
}

/// Why a source is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It nests deeper than [`MAX_DEPTH`].
    TooDeep,
    /// It has more tags than [`MAX_TAGS`].
    TooMany,
    /// `{{> name}}`, also as a block.
    Partial,
    /// `{{* name}}`, also as a block.
    Decorator,
    /// `{{{{name}}}}`.
    RawBlock,
}

/// Returns the first place for which a source is refused before it is parsed.
pub fn refusal(source: &str) -> Option<(Range<usize>, Refusal)> {
    scan(source).refusal
}

/// Returns the first occurrence of `name` as a word of a tag, or else as quoted text. If there is none, returns the range
/// from the first tag to the end of the source.
pub fn find(source: &str, name: &str) -> Range<usize> {
    let quoted = || {
        let first = ['"', '\''].into_iter().filter_map(|quote| source.find(&format!("{quote}{name}{quote}"))).min();
        first.map(|at| at + 1..at + 1 + name.len())
    };
    let word = scan(source).words.into_iter().find(|range| &source[range.clone()] == name);
    word.or_else(quoted).unwrap_or_else(|| {
        let start = source.find("{{").unwrap_or(0);
        start..source.len()
    })
}

/// Returns the path if the source is nothing but `{{name}}` or `{{item.name}}`.
pub fn sole_path(source: &str) -> Option<&str> {
    let inner = source.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let plain = inner
        .split('.')
        .all(|step| !step.is_empty() && step.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-'));
    plain.then_some(inner)
}

#[derive(Default)]
struct Scan {
    /// Paths, names of helpers and numbers in tags, in order, without comments and quoted text.
    words: Vec<Range<usize>>,
    refusal: Option<(Range<usize>, Refusal)>,
}

/// Scans a source up to a refusal. Tags end where they do for the library, as long as it understands them: otherwise, one that is taken
/// for a part of another could hide how deep blocks nest.
fn scan(source: &str) -> Scan {
    let mut scan = Scan::default();
    let mut blocks = 0usize;
    let tags = parts(source).into_iter().filter(|part| part.kind != PartKind::Text);
    for (count, Part { kind, range }) in tags.enumerate() {
        let written = &source[range.clone()];
        let braces = written.bytes().take_while(|b| *b == b'{').count();
        let opening = range.start..range.start + braces;
        let inner = unspaced(&written[braces..]);
        scan.refusal = match form(braces, inner) {
            _ if count == MAX_TAGS => Some((opening, Refusal::TooMany)),
            _ if kind == PartKind::Comment => continue,
            Some(form) => Some((range, form)),
            None => {
                match kind {
                    PartKind::Open => blocks += 1,
                    PartKind::Close if braces == 2 => blocks = blocks.saturating_sub(1),
                    _ => {}
                }
                let start = range.end - inner.len() + usize::from(kind == PartKind::Close);
                let deep = tag(source, start..range.end, &mut scan.words);
                let deep = if blocks > MAX_DEPTH { Some(opening) } else { deep };
                deep.map(|range| (range, Refusal::TooDeep))
            }
        };
        if scan.refusal.is_some() {
            break;
        }
    }
    scan
}

/// What follows the braces of a tag, without white space and `~`.
fn unspaced(inner: &str) -> &str {
    inner.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '~')
}

/// The form of a tag, if no template may use it.
fn form(braces: usize, inner: &str) -> Option<Refusal> {
    let name = inner.strip_prefix('#').map_or(inner, str::trim_start);
    match name.bytes().next() {
        _ if braces > 3 => Some(Refusal::RawBlock),
        Some(b'>') => Some(Refusal::Partial),
        Some(b'*') => Some(Refusal::Decorator),
        _ => None,
    }
}

/// Adds the words of one tag: these bytes are left of it after its opening braces. Returns where its brackets nest too deep, if they
/// do.
fn tag(source: &str, range: Range<usize>, words: &mut Vec<Range<usize>>) -> Option<Range<usize>> {
    let text = &source[..range.end];
    let (mut at, mut depth, mut word, mut before) = (range.start, 0usize, None, None);
    while let Some(c) = text[at..].chars().next() {
        let closes = text[at..].starts_with("}}");
        let enclosed = enclosed(&text[at..], before);
        let is_part = match enclosed {
            // `list.[a b]` is one word.
            Some(Enclosed::Name(_)) => true,
            Some(_) => false,
            None => !closes && !c.is_whitespace() && !"(){}=|~#^>*&\"',".contains(c),
        };
        match (is_part, word) {
            (true, None) => word = Some(at),
            (false, Some(from)) => {
                words.push(from..at);
                word = None;
            }
            _ => {}
        }
        match (enclosed, c) {
            (Some(Enclosed::TooDeep), _) => depth = usize::MAX,
            (None, _) if closes => return None,
            (None, '(' | '{') => depth += 1,
            (None, ')' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(at..at + 1);
        }
        at += match enclosed {
            Some(Enclosed::Literal(length) | Enclosed::Name(length)) => length,
            _ => c.len_utf8(),
        };
        before = Some(c);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_too_deep(source: &str) -> bool {
        refusal(source).is_some_and(|(_, refusal)| refusal == Refusal::TooDeep)
    }

    #[test]
    fn words_are_found_in_tags_only() {
        let source =
            r#"title {{! title }}{{!-- {{title}} --}}{{#if (eq a "title")}}{{money ../b.c}}{{/if}}{{~x~}}\{{y}}"#;
        let found: Vec<&str> = scan(source).words.into_iter().map(|word| &source[word]).collect();
        assert_eq!(found, ["if", "eq", "a", "money", "../b.c", "if", "x"]);
        assert_eq!(find("title {{ title }}", "title"), 9..14);
        assert_eq!(find("{{date a 'YY'}}", "YY"), 10..12);
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(refusal(&"{{#if a}}x{{/if}}".repeat(100)), None);
        assert!(is_too_deep(&"{{#if a}}".repeat(100)));
        assert!(is_too_deep(&"{{#if a}}{{!-- {{/if}} --}}".repeat(100)), "a comment closes nothing");
        assert!(is_too_deep(&"{{#if \"{{/if}}\"}}".repeat(100)), "quoted text closes nothing");
        assert!(is_too_deep(&format!("{{{{a {}", "(b ".repeat(100))));
        assert!(is_too_deep(&format!("{{{{a {}", "[".repeat(100))));
    }

    #[test]
    fn nothing_hides_how_deep_blocks_nest() {
        let many = "{{#if a}}".repeat(MAX_DEPTH + 1);
        for source in [
            // Two backslashes are no escape, and a short comment may be the start of a long one.
            r"\\{{#if a}}".repeat(MAX_DEPTH + 1),
            "{{#if a}}{{!--}}{{/if}}--}}".repeat(MAX_DEPTH + 1),
            "{{#if a}}{{! --}}{{/if}}--}}".repeat(MAX_DEPTH + 1),
            format!("{{{{#if [x']}}}}{many}{{{{#if [x']}}}}"),
            format!("{{{{#if [\"]\"]}}}}{many}{{{{#if [\"]\"]}}}}"),
            format!("{{{{#if a.[\"]}}}}{many}{{{{#if a.[\"]}}}}"),
            "{{#if @[\"]\"]}}{{/if}}\"}}".repeat(MAX_DEPTH + 1),
            format!("{{{{#if {}", "(eq [)] ".repeat(MAX_DEPTH + 1)),
        ] {
            assert!(is_too_deep(&source), "{source}");
        }
        assert!(refusal(&r"\\{{a}}".repeat(MAX_TAGS + 1)).is_some());
        assert_eq!(refusal(&r"\{{#if a}}".repeat(100)), None);
    }

    #[test]
    fn refused_forms_are_found() {
        for (source, tag, form) in [
            ("{{#if a}}{{{{r}}}}{{/if}}{{{{/r}}}}", "{{{{r}}}}", Refusal::RawBlock),
            ("a{{> 'b\\\\' }}{{/if}}{{!' }}", "{{> 'b\\\\' }}", Refusal::Partial),
            ("{{~# > b}}", "{{~# > b}}", Refusal::Partial),
            ("{{* b}}", "{{* b}}", Refusal::Decorator),
            ("{{#*b}}", "{{#*b}}", Refusal::Decorator),
        ] {
            let found = refusal(source).map(|(range, form)| (&source[range], form));
            assert_eq!(found, Some((tag, form)), "{source}");
        }
        assert_eq!(refusal(r#"\{{{{a}}}} {{{a}}} {{!> a }}{{eq '>' "*"}}"#), None);
    }

    #[test]
    fn tags_are_bounded_in_number() {
        let chain = |count: usize| format!("{{{{#if a}}}}{}{{{{/if}}}}", "{{else if a}}".repeat(count));
        assert_eq!(refusal(&chain(MAX_TAGS - 2)), None);
        let start = chain(0).len() - "{{/if}}".len() + "{{else if a}}".len() * (MAX_TAGS - 1);
        assert_eq!(refusal(&chain(MAX_TAGS + 9)), Some((start..start + 2, Refusal::TooMany)));
        assert!(refusal(&"{{! a }}".repeat(MAX_TAGS + 1)).is_some());
        assert_eq!(refusal(&"\\{{".repeat(MAX_TAGS + 1)), None);
    }

    #[test]
    fn a_sole_path_is_a_plain_one() {
        assert_eq!(sole_path(" {{ price }} "), Some("price"));
        assert_eq!(sole_path("{{money price}}"), None);
        assert_eq!(sole_path("{{a}}{{b}}"), None);
        assert_eq!(sole_path("{{a.b}}"), Some("a.b"));
        assert_eq!(sole_path("{{../a}}"), None);
        assert_eq!(sole_path("{{.}}"), None);
    }

    proptest::proptest! {
        #[test]
        fn the_scanner_accepts_any_source(source in "[{}()#/!~a \"'\\\\商\\[\\]-]{0,60}") {
            for word in scan(&source).words {
                proptest::prop_assert!(source.get(word).is_some_and(|word| !word.is_empty()));
            }
        }
    }
}
