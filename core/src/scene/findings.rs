//! Findings of a scene as those of the `code` object that holds it.

use crate::error::{Error, Finding};

/// What is wrong with a scene, pointers below `/code/scene`.
pub fn findings(error: Option<Error>) -> Vec<Finding> {
    let all = error.iter().flat_map(|error| error.all_findings().iter().cloned());
    all.map(|finding| {
        let below = finding.pointer.clone().unwrap_or_default();
        finding.pointer(format!("/code/scene{below}"))
    })
    .collect()
}
