//! WeChat: tokens, codes, errcodes; and an emulator of its documented behaviour.
//!
//! - [`client`] asks the real service (or whatever `base_url` names) for tokens and codes.
//! - [`errcode`] is the one table that explains WeChat's error numbers to people.
//! - [`emulator`] stands in for the real service in demos and tests.

pub mod client;
pub mod emulator;
pub mod errcode;
