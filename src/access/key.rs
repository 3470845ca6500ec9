//! Text and hash of a key.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;

use super::{Rate, Scopes, caller::PUBLIC};
use crate::{
    store::{self, keys::KeyRecord},
    words,
};
use haibao_core::error::{Error, ErrorKind, Result};

/// Start of every key, so that secret scanners find one in source code.
const PREFIX: &str = "hb_";
/// Maximum length of a name.
const MAX_NAME: usize = 40;
/// Length of a secret: 256 bits in base64url.
const SECRET_LENGTH: usize = 43;

/// What to create a key with.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Name of the caller: `a-z`, `0-9`, `-`, `_` and `.`; not `public`, the name of callers without a key.
    pub name: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// Maximum rate of requests.
    pub rate: Rate,
    /// Limited and square codes that it may request from WeChat in total.
    pub limited_quota: u32,
}

impl NewKey {
    /// Generates the key and its record. The key itself is not stored anywhere.
    ///
    /// # Errors
    /// `key_name` if the name is not allowed; `internal` if the system provides no random bytes.
    pub fn generate(&self, now: i64) -> Result<(SecretString, KeyRecord)> {
        if self.name == PUBLIC {
            return Err(Error::of(ErrorKind::Invalid, words::key_name_reserved(words::quote(&self.name))));
        }
        if !is_name(&self.name) {
            return Err(Error::of(ErrorKind::Invalid, words::key_name(words::quote(&self.name), MAX_NAME)));
        }
        let id = store::generate_id()?;
        let key = format!("{PREFIX}{id}_{}", random()?);
        let record = KeyRecord {
            id,
            name: self.name.clone(),
            hash: hash(&key),
            scopes: self.scopes.to_string(),
            per_minute: self.rate.per_minute,
            burst: self.rate.burst,
            limited_quota: self.limited_quota,
            limited_used: 0,
            created_at: now,
            revoked_at: None,
        };
        Ok((key.into(), record))
    }
}

/// Whether a key may have this name.
pub fn is_name(name: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(legal) && name != PUBLIC
}

/// The id in a well-formed key.
pub(super) fn id_of(key: &str) -> Option<&str> {
    let (id, secret) = key.strip_prefix(PREFIX)?.split_once('_')?;
    (store::is_valid_id(id) && secret.len() == SECRET_LENGTH).then_some(id)
}

/// What the store holds of a key or of a session's cookie.
pub(super) fn hash(secret: &str) -> [u8; 32] {
    *blake3::hash(secret.as_bytes()).as_bytes()
}

/// 256 random bits in base64url.
pub(super) fn random() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::internal("the system provides no random bytes").source(e.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
