//! Integration tests of the binary: HTTP and command line, against the emulated WeChat.

#![allow(clippy::expect_used, reason = "a failing test shows the message")]

mod chinese;
mod cli;
mod codes;
mod commands;
mod data;
mod edge;
#[cfg(feature = "cluster")]
mod engines;
mod export_jobs;
mod exports;
mod faults;
mod hostile;
mod http;
mod images;
mod keys;
mod links;
mod load;
mod metrics;
mod openapi;
mod pages;
mod render_files;
mod scenes;
mod studio;
mod support;
mod texts;
mod wechat_apps;
mod wechat_faults;
mod wechat_kit;
mod wechat_secrets;
mod words;
