//! Paths into the parameters, and values at them.

use serde_json::{Map, Value};

use haibao_core::template::json::escape;

/// One step of a path into the parameters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::export) enum Step {
    /// Object member.
    Key(String),
    /// List element, from 0.
    Index(usize),
}

/// JSON pointer of a path.
pub(super) fn pointer(path: &[Step]) -> String {
    path.iter().fold(String::new(), |pointer, step| match step {
        Step::Key(key) => format!("{pointer}/{}", escape(key)),
        Step::Index(index) => format!("{pointer}/{index}"),
    })
}

/// Renumbers the elements of each list from 0 without gaps.
pub(super) fn close_gaps(given: &mut [(usize, Vec<Step>, Value)]) {
    let old: Vec<Vec<Step>> = given.iter().map(|(_, path, _)| path.clone()).collect();
    for (path, (_, moved, _)) in old.iter().zip(given) {
        for (at, step) in path.iter().enumerate() {
            let Step::Index(index) = step else { continue };
            let mut before: Vec<usize> = old
                .iter()
                .filter_map(|other| match (other.starts_with(&path[..at]), other.get(at)) {
                    (true, Some(Step::Index(other))) if other < index => Some(*other),
                    _ => None,
                })
                .collect();
            before.sort_unstable();
            before.dedup();
            moved[at] = Step::Index(before.len());
        }
    }
}

/// Inserts a value at a path, creating missing objects and lists.
pub(super) fn insert(root: &mut Value, path: &[Step], value: Value) {
    let place = path.iter().fold(root, |place, step| match step {
        Step::Key(key) => {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            &mut place[key.as_str()]
        }
        Step::Index(index) => {
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            if let Value::Array(list) = place
                && list.len() <= *index
            {
                list.resize(index + 1, Value::Null);
            }
            &mut place[*index]
        }
    });
    *place = value;
}
