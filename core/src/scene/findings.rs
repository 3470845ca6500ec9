//! Findings of a scene, relocated to the object with the fields of its code.

use crate::error::{Error, Finding};

/// Findings of a scene error, with pointers below `/scene`. Empty for `None`.
pub fn findings(error: Option<Error>) -> Vec<Finding> {
    let all = error.iter().flat_map(|error| error.all_findings().iter().cloned());
    all.map(|finding| finding.below("/scene")).collect()
}
