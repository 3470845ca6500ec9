//! Parameters in artwork that is read before they are expanded.

/// Placeholder of a parameter, whose value is not known. A noncharacter; values never contain it.
pub const PARAMETER: char = '\u{fdd0}';

/// Whether a text has a parameter, so that only its expansion can be checked.
pub fn has_parameter(text: &str) -> bool {
    text.contains(PARAMETER)
}
