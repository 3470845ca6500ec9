//! Who may do what: API keys with scopes, rate limits and quotas, and the sessions of the pages.
//!
//! A key is `hb_ID_SECRET`. The store holds its BLAKE3 hash only; the secret has 256 random bits, so a slow hash would add
//! nothing. [`Keys`] keeps all keys in memory and reads them again every two seconds.

mod caller;
mod key;
mod keys;
mod limits;
mod reader;
mod scope;
#[cfg(test)]
mod tests;

pub use caller::Caller;
pub use key::{NewKey, is_name};
pub(crate) use keys::no_scope;
pub use keys::{Config, Keys};
pub use limits::Rate;
pub use scope::{Scope, Scopes};
