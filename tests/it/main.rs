//! Integration tests of the binary: HTTP and command line, against the emulated WeChat.

#![allow(clippy::expect_used, reason = "a failing test shows the message")]

mod cli;
mod codes;
#[cfg(feature = "cluster")]
mod engines;
mod export_jobs;
mod exports;
mod faults;
mod http;
mod images;
mod links;
mod scenes;
mod support;
mod wechat_apps;
mod wechat_faults;
mod wechat_kit;
mod wechat_secrets;
