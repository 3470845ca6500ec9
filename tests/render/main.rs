//! What a poster looks like: golden pictures, and properties of text, bands and segments.

mod text;
