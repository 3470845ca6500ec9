//! haibao composes share posters for WeChat mini-programs.

pub mod cli;
pub mod config;
pub mod encode;
pub mod error;
pub mod fetch;
pub mod http;
pub mod layer;
pub mod params;
pub mod plan;
pub mod render;
pub mod scene;
pub mod service;
pub mod template;
pub mod text;
pub mod wechat;
