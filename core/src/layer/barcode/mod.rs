//! One-dimensional barcodes: members' cards and coupons that are scanned at the till.

mod draw;
pub mod fields;
mod plan;
mod rules;
mod words;

pub use fields::Barcode;
pub use plan::PlannedBarcode as Planned;
