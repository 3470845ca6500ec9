//! Render tests: golden pictures, and property tests of text, bands and segments.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a panic fails the test")]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests may read files and run programs")]

#[path = "../kit/mod.rs"]
mod kit;

mod artwork_text;
mod artwork_values;
mod auto_codes;
mod bands;
mod barcodes;
mod beneath;
mod features;
mod filters;
mod flow;
mod flow_golden;
mod fonts;
mod golden;
mod groups;
mod hostile;
mod images;
mod images_codes;
mod pictures;
mod places;
mod properties;
mod segments;
mod shadows;
mod templates;
mod text;
mod text_golden;
