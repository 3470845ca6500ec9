//! Findings of a scene, relocated to the `code` object of a layout or request.

use crate::error::{Error, Finding};

/// Findings of a scene error, with pointers below `/code/scene`. Empty for `None`.
pub fn findings(error: Option<Error>) -> Vec<Finding> {
    let all = error.iter().flat_map(|error| error.all_findings().iter().cloned());
    all.map(|finding| {
        let below = finding.pointer.clone().unwrap_or_default();
        finding.pointer(format!("/code/scene{below}"))
    })
    .collect()
}
