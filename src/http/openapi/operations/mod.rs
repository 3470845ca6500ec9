//! The operations of the API document, one file per resource. `http/routes.rs` names them beside their handlers.

pub mod assets;
pub mod codes;
pub mod exports;
pub mod links;
pub mod posters;
pub mod scenes;
pub mod service;
pub mod templates;
