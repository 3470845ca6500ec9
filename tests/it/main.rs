//! The whole process: the binary with its settings, over HTTP and on the command line, against the emulated WeChat.

#![allow(clippy::expect_used, reason = "a test fails with what is wrong")]

mod cli;
mod codes;
mod engines;
mod export_jobs;
mod exports;
mod faults;
mod http;
mod images;
mod scenes;
mod support;
mod wechat_apps;
mod wechat_faults;
mod wechat_kit;
mod wechat_secrets;
