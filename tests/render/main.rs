//! What a poster looks like: golden pictures, and properties of text, bands and segments.

#[path = "../kit/mod.rs"]
mod kit;

mod bands;
mod golden;
mod segments;
mod text;
