//! Suggestions for names that are not known.

use super::{did_you_mean, known_here};
use crate::error::Message;

/// Returns the candidate closest to `name`, if at most a third of the letters (at least one) differ.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let length = name.chars().count();
    // Skip overlong names: computing the distance takes time in the product of both lengths.
    if length > 64 {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (length.max(candidate.chars().count()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns "did you mean `x`?" if there is a close candidate, otherwise the list of candidates if there are at most 20.
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> Option<Message> {
    if let Some(found) = nearest(name, candidates.clone()) {
        return Some(did_you_mean(found));
    }
    let all: Vec<_> = candidates.into_iter().take(21).map(|name| format!("`{name}`")).collect();
    (1..=20).contains(&all.len()).then(|| known_here(all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_close_names() {
        assert_eq!(nearest("colour", ["color", "at"]), Some("color"));
        assert_eq!(nearest("fontSize", ["font_size", "text"]), Some("font_size"));
        assert_eq!(nearest("zzz", ["color", "at"]), None);
        assert_eq!(suggest("zzz", ["color", "at"]).unwrap().text(), "known here: `color`, `at`");
        assert_eq!(suggest("zzz", []), None);
    }
}
