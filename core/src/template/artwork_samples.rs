//! The samples with which artwork is expanded, and how they are named.

use std::collections::BTreeMap;

use crate::{error::Finding, words};

/// Name of the sample that is preferred.
const USUAL: &str = "usual";

/// Samples in the order of preference: the usual one, then all by name.
pub fn preferred<S>(samples: &BTreeMap<String, S>) -> impl Iterator<Item = (&String, &S)> {
    samples.get_key_value(USUAL).into_iter().chain(samples)
}

/// Follows the name of the artwork's file in positions of its expanded text.
pub fn expanded_with(sample: &str) -> String {
    format!(" (expanded with {})", file(sample))
}

/// A finding about the artwork with the parameters of a sample.
pub fn of_sample(finding: Finding, sample: &str) -> Finding {
    finding.within(|reason| words::value_of_sample(reason, file(sample)))
}

fn file(sample: &str) -> String {
    format!("samples/{sample}.json")
}
