//! Sentences that contain the messages of findings.

crate::words! {
    message internal(reason): "{reason}";
    message no_findings(): "no findings";
    message and_more(first, more): "{first} (and {more} more)";
}
