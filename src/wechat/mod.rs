//! WeChat: API client, error codes, and an emulator of the documented API.
//!
//! - [`client`] fetches tokens and codes from WeChat, or from the API at `base_url`.
//! - [`errcode`] describes WeChat's error codes and their remedies.
//! - [`emulator`] replaces WeChat in demos and tests.

pub mod client;
pub mod emulator;
pub mod errcode;
