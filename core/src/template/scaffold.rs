//! The files of a new template: a small, complete poster.

use bytes::Bytes;

use crate::{
    error::{Error, ErrorKind, Result},
    words::{self, quote},
};

/// Files of the scaffold by path. `NAME` is replaced by the template's name.
const FILES: [(&str, &str); 5] = [
    ("layout.json", include_str!("scaffold/layout.json")),
    ("artwork.svg", include_str!("scaffold/artwork.svg")),
    ("samples/usual.json", include_str!("scaffold/usual.json")),
    ("samples/longest.json", include_str!("scaffold/longest.json")),
    ("samples/poorest.json", include_str!("scaffold/poorest.json")),
];

/// Returns the files of a new template, by path within its folder.
///
/// # Errors
/// `template_name` when the name is not 1 to 64 of `a-z`, `0-9` and `-`, or begins with `-`.
pub fn scaffold(name: &str) -> Result<Vec<(String, Bytes)>> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 64 || name.starts_with('-') || !name.chars().all(legal) {
        return Err(Error::of(ErrorKind::Invalid, words::template_name(quote(name))));
    }
    let fill = |(path, text): (&str, &str)| (path.to_owned(), Bytes::from(text.replace("NAME", name)));
    Ok(FILES.into_iter().map(fill).collect())
}
