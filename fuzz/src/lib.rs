//! What the fuzz targets share: fonts, templates, a drawing function, checks of errors, and mutation of JSON.

mod check;
mod draw;
mod json;
mod picture;
mod random;
mod signature;
mod workbook;

pub use check::{check_error, check_findings, check_params_error, error_code, parse_layout};
pub use draw::{MAX_DRAWN, draw, fonts, is_small, light_template, templates};
pub use json::{mutate, reversed};
pub use picture::check_picture;
pub use random::{Random, one_in};
pub use signature::signed;
pub use workbook::workbook;
