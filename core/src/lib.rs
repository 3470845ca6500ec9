//! The drawing core of haibao: a template, parameters and pictures become a poster. Bytes in, bytes out.
//!
//! # The flow
//!
//! ```text
//! template files -> Template                       render::compile
//! Template + parameters -> Plan                    plan::plan
//! Plan -> needs -> (the caller fetches) -> assets  plan::Plan
//! Plan + assets -> display list -> bands -> file   render::Renderer
//! ```
//!
//! # The floors
//!
//! A folder uses only floors below its own; `tests/architecture` has the order within a floor. Layer kinds cut across:
//! `layer/KIND/` holds a kind's parts for the floors of `template`, `plan` and `render`, and each floor imports only its
//! own part.
//!
//! | floor | folder | |
//! |--:|---|---|
//! | 9 | [`render`] | compiling a template; display list, bands, file; `auto` colours; the gate on finished pixels |
//! | 8 | [`layer`] | one folder per layer kind, one closed list |
//! | 7 | [`artwork`] | SVG: parsing, limits, segments around slots, silhouettes |
//! | 6 | [`paint`] | rasters, glyphs, pictures, fit, blur, gradients; display list, keys, caches |
//! | 5 | [`plan`] | template + parameters -> plan |
//! | 4 | [`text`], [`markup`], [`template`], [`json`] | fonts, shaping, paragraphs; SVG made plain: styles, rewriting; layout.json, parameters, handlebars, diagnostics; JSON of requests and sheets |
//! | 3 | [`legibility`], [`sample`] | whether a code can be scanned; sample codes |
//! | 2 | [`code`], [`scene`] | what shapes a code; scene strings |
//! | 1 | [`style`], [`encode`], [`asset`], [`mod@words`], [`error`], [`number`] | CSS-like values; output formats; pictures by reference; sentences; errors and findings; integers |
//!
//! # Invariants
//!
//! - No network, clock, file system, environment or thread, no process-wide state but immutable tables, and no randomness
//!   but the seeds of hash maps, whose order nothing depends on. Enforced by this crate's `clippy.toml`, its manifest and
//!   `tests/architecture`.
//! - Caches never decide what a poster looks like: the same plan and assets give the same bytes, cached or not
//!   (`tests/render/bands.rs`).
//! - An item draws nothing outside its bounds, so a band is complete with the items that touch it.
//! - Caches are bounded in bytes, and their keys cover everything that their values depend on.
//!
//! # What is absent
//!
//! - System fonts: posters look the same everywhere. The caller passes fonts as bytes.
//! - A second text engine of its own: preview and output share one. usvg lays out the few texts of artwork that
//!   `artwork_text` reports.
//! - Transparent posters: the canvas has an opaque background, and PNGs are RGB.

pub mod artwork;
pub mod asset;
pub mod code;
pub mod encode;
pub mod error;
pub mod json;
pub mod layer;
pub mod legibility;
pub mod markup;
pub mod number;
pub mod paint;
pub mod plan;
pub mod render;
pub mod sample;
pub mod scene;
pub mod style;
pub mod template;
pub mod text;
pub mod words;

#[cfg(test)]
mod testing;
