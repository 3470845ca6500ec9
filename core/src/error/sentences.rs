//! Sentences that contain the messages of findings, and the language of all sentences.

crate::words! {
    // The tag of the language: a table names its own.
    message language(): "en";
    message internal(reason): "{reason}";
    message no_findings(): "no findings";
    message and_more(first, more): "{first} (and {more} more)";
    message of_field(field, reason): "`{field}`: {reason}";
}
