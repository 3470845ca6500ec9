//! Limits of handlebars in a source.

/// Maximum nesting depth of blocks, and of brackets within one tag: the library's parser is recursive.
pub const MAX_DEPTH: usize = 16;

/// Maximum number of tags in a source: the library takes quadratic time, and follows `{{else if}}` recursively.
pub const MAX_TAGS: usize = 1000;
