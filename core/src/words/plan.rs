//! Planning and drawing of a poster.

crate::words! {}
