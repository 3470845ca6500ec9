//! Finds the positions of handlebars tags and of the names in them: the library's syntax tree has no positions.

mod parts;

use std::ops::Range;

pub use parts::{Part, PartKind, parts};

/// Maximum nesting depth of blocks, and of brackets within one tag: the library's parser is recursive.
pub const MAX_DEPTH: usize = 16;

/// Maximum number of tags in a source: the library takes quadratic time, and follows `{{else if}}` recursively.
pub const MAX_TAGS: usize = 1000;

/// Byte ranges of the words of all tags of a source, in order: paths, names of helpers and numbers. Skips comments and quoted
/// text.
pub fn words(source: &str) -> Vec<Range<usize>> {
    scan(source).words
}

/// Returns where the source first nests deeper than [`MAX_DEPTH`], if it does.
pub fn too_deep(source: &str) -> Option<Range<usize>> {
    scan(source).too_deep
}

/// Returns the first tag after [`MAX_TAGS`], if there is one.
pub fn too_many(source: &str) -> Option<Range<usize>> {
    scan(source).too_many
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
    too_deep: Option<Range<usize>>,
    too_many: Option<Range<usize>>,
}

fn scan(source: &str) -> Scan {
    let mut scan = Scan::default();
    let (mut at, mut blocks, mut tags) = (0, 0usize, 0usize);
    while let Some(open) = source[at..].find("{{").map(|found| at + found) {
        if source[..open].ends_with('\\') {
            at = open + 2;
            continue;
        }
        let body = open + source[open..].bytes().take_while(|b| *b == b'{').count();
        tags += 1;
        if tags > MAX_TAGS {
            scan.too_many = Some(open..body);
            break;
        }
        let inner = source[body..].trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '~');
        let start = source.len() - inner.len();
        match inner.bytes().next() {
            Some(b'!') => {
                let close = if inner.starts_with("!--") { "--}}" } else { "}}" };
                at = inner.find(close).map_or(source.len(), |found| start + found + close.len());
                continue;
            }
            Some(b'#') => blocks += 1,
            Some(b'/') => blocks = blocks.saturating_sub(1),
            _ => {}
        }
        if blocks > MAX_DEPTH {
            scan.too_deep.get_or_insert(open..body);
        }
        let start = if inner.starts_with('/') { start + 1 } else { start };
        at = tag(source, start, &mut scan);
    }
    scan
}

/// Scans one tag from `start` (after its opening braces) and returns where it ends.
fn tag(source: &str, start: usize, scan: &mut Scan) -> usize {
    let (mut depth, mut word) = (0usize, None);
    let mut characters = source[start..].char_indices().map(|(at, c)| (start + at, c)).peekable();
    while let Some((at, c)) = characters.next() {
        let closes = source[at..].starts_with("}}");
        let part = !closes && !c.is_whitespace() && !"(){}=|~#^>*&\"',".contains(c);
        match (part, word) {
            (true, None) => word = Some(at),
            (false, Some(from)) => {
                scan.words.push(from..at);
                word = None;
            }
            _ => {}
        }
        if closes {
            return at + 2;
        }
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            '[' if word.is_some_and(|from| from < at && !source[from..].starts_with('[')) => {
                // `list.[a b]` is one word up to the closing bracket.
                while characters.next_if(|(_, c)| *c != ']').is_some() {}
            }
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '"' | '\'' => {
                while let Some((_, inside)) = characters.next() {
                    match inside {
                        '\\' => drop(characters.next()),
                        end if end == c => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            scan.too_deep.get_or_insert(at..at + 1);
        }
    }
    source.len()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(too_deep(&"{{#if a}}x{{/if}}".repeat(100)), None);
        assert!(too_deep(&"{{#if a}}".repeat(100)).is_some());
        assert!(too_deep(&"{{#if a}}{{!-- {{/if}} --}}".repeat(100)).is_some(), "a comment closes nothing");
        assert!(too_deep(&"{{#if \"{{/if}}\"}}".repeat(100)).is_some(), "quoted text closes nothing");
        assert!(too_deep(&format!("{{{{a {}", "(b ".repeat(100))).is_some());
        assert!(too_deep(&format!("{{{{a {}", "[".repeat(100))).is_some());
    }

    #[test]
    fn tags_are_bounded_in_number() {
        let chain = |count: usize| format!("{{{{#if a}}}}{}{{{{/if}}}}", "{{else if a}}".repeat(count));
        assert_eq!(too_many(&chain(MAX_TAGS - 2)), None);
        let start = chain(0).len() - "{{/if}}".len() + "{{else if a}}".len() * (MAX_TAGS - 1);
        assert_eq!(too_many(&chain(MAX_TAGS + 9)), Some(start..start + 2));
        assert!(too_many(&"{{! a }}".repeat(MAX_TAGS + 1)).is_some());
        assert_eq!(too_many(&"\\{{".repeat(MAX_TAGS + 1)), None);
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
