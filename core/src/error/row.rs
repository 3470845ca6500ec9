//! Rows of a table of words.

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The poster is made, but should be reviewed.
    Warning,
    /// The poster cannot be made, or its code cannot be scanned.
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

/// A pattern in each of its forms. The argument before forms decides which they are, those for several first.
pub fn of_counts(pattern: &str) -> Vec<String> {
    // Each text with the index of its forms, which is decided until the next argument.
    let (mut all, mut rest, mut is_decided) = (vec![(String::new(), 1)], pattern, false);
    while let Some(at) = rest.find(['{', '[']) {
        let found = forms(&rest[at..]);
        let is_escaped = rest[at..].starts_with("{{");
        let end = match found {
            Some(_) => at,
            None => at + if is_escaped { 2 } else { 1 },
        };
        all.iter_mut().for_each(|(text, _)| text.push_str(&rest[..end]));
        rest = match found {
            Some((forms, after)) => {
                if !is_decided {
                    all = all.into_iter().flat_map(|(text, _)| [(text.clone(), 1), (text, 0)]).collect();
                    is_decided = true;
                }
                all.iter_mut().for_each(|(text, form)| text.push_str(forms[*form]));
                after
            }
            None => {
                is_decided &= is_escaped || rest[at..].starts_with('[');
                &rest[end..]
            }
        };
    }
    all.into_iter().map(|(text, _)| text + rest).collect()
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
