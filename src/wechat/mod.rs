//! WeChat: tokens, codes, errcodes; and an emulator of its documented behaviour.

pub mod client;
pub mod emulator;
