//! The request for a poster.

use serde_json::Value;

use crate::code::CodeFields;

/// Request for one poster of a template.
#[derive(Debug, Clone)]
pub struct Request {
    /// The parameters, a JSON object.
    pub params: Value,
    /// Fields of the code that take precedence over those of the layout; without a width.
    pub code: CodeFields,
    /// Output px per px of the canvas, 1 to 3.
    pub scale: f32,
}
