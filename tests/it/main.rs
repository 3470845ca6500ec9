//! The whole process: the binary with its settings, over HTTP and on the command line, against the emulated WeChat.

mod cli;
mod faults;
mod http;
mod support;
