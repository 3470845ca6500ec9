//! The architecture's rules (docs/architecture.md), checked on the sources and on the dependency graph, and the list of
//! fuzz targets.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has failed")]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests read files and run programs")]

mod codes;
mod floors;
mod formats;
mod fuzz;
mod imports;
mod paths;
mod purity;
mod source;
