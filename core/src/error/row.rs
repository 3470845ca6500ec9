//! Rows of a table of words.

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The poster is made, but should be reviewed.
    Warning,
    /// The poster cannot be made, or is useless because its code cannot be scanned.
    Error,
}

/// One row of a table of words: a sentence with named arguments. [`crate::words!`] creates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wording {
    /// Stable name of the row, unique in all tables. Translations are keyed by it.
    pub id: &'static str,
    /// Code and severity of the finding that the row creates; `None` for a part of another sentence, or a sentence whose
    /// code is set by its user.
    pub finding: Option<(&'static str, Severity)>,
    /// What is wrong, one sentence without a full stop. `{name}` is replaced by an argument, `{{` and `}}` are braces.
    /// `{count} [row is|rows are]` has a form for one and another for other counts: of the last number before it.
    pub message: &'static str,
    /// What to do about it, with the same arguments.
    pub hint: Option<&'static str>,
    /// Names of the arguments, in the order in which they are passed.
    pub arguments: &'static [&'static str],
}

impl Wording {
    /// The names of the placeholders in the message and the hint, in order, possibly repeated.
    pub fn placeholders(&self) -> Vec<&'static str> {
        placeholders(self.message).chain(self.hint.into_iter().flat_map(placeholders)).collect()
    }
}

/// The forms for one and for several at the start of a pattern, `[row is|rows are]`, and what follows them.
pub fn forms(pattern: &str) -> Option<([&str; 2], &str)> {
    let (forms, rest) = pattern.strip_prefix('[')?.split_once(']')?;
    let (one, several) = forms.split_once('|')?;
    Some(([one, several], rest))
}

/// A pattern with its forms for one, or for several.
pub fn of_count(pattern: &str, is_one: bool) -> String {
    let (mut text, mut rest) = (String::with_capacity(pattern.len()), pattern);
    while let Some(at) = rest.find('[') {
        text.push_str(&rest[..at]);
        rest = match forms(&rest[at..]) {
            Some((forms, after)) => {
                text.push_str(forms[usize::from(!is_one)]);
                after
            }
            None => {
                text.push('[');
                &rest[at + 1..]
            }
        };
    }
    text + rest
}

/// The names of the placeholders in a pattern.
pub fn placeholders(pattern: &str) -> impl Iterator<Item = &str> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find('{')?;
            let after = &rest[at + 1..];
            if let Some(escaped) = after.strip_prefix('{') {
                rest = escaped;
                continue;
            }
            let end = after.find('}')?;
            rest = &after[end + 1..];
            return Some(&after[..end]);
        }
    })
}
