//! Records of API keys and of the sessions of the pages.

use super::{DbRow, Param, Store, db::is_conflict, sql::statements};
use haibao_core::error::{Error, Result};

/// Maximum number of keys read, revoked ones included.
const MAX_KEYS: i64 = 10_000;
/// Maximum number of sessions of a key. A new session ends the oldest ones.
const MAX_SESSIONS: i64 = 32;

statements! { KEYS:
    /// Selects all keys, oldest first. Parameter: limit.
    ALL = "\
        SELECT id, name, hash, scopes, per_minute, burst, limited_quota, limited_used, created_at, revoked_at
        FROM keys ORDER BY created_at, id LIMIT $1";

    /// Inserts a key. Parameters: id, name, hash, scopes, per_minute, burst, limited_quota, now.
    ADD = "\
        INSERT INTO keys (id, name, hash, scopes, per_minute, burst, limited_quota, limited_used, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)";

    /// Revokes a key. Parameters: name or id, now.
    REVOKE = "UPDATE keys SET revoked_at = $2 WHERE (name = $1 OR id = $1) AND revoked_at IS NULL";

    /// Deletes a key. Parameter: name or id.
    FORGET = "DELETE FROM keys WHERE name = $1 OR id = $1";

    /// Takes one of the limited codes that a key may request. Parameter: name.
    TAKE_LIMITED = "\
        UPDATE keys SET limited_used = limited_used + 1
        WHERE name = $1 AND revoked_at IS NULL AND limited_used < limited_quota";

    /// Gives back a limited code that was not requested. Parameter: name.
    RETURN_LIMITED = "\
        UPDATE keys SET limited_used = limited_used - 1 WHERE name = $1 AND revoked_at IS NULL AND limited_used > 0";

    /// Inserts a session. Parameters: hash, id of the key, now, expires_at.
    ADD_SESSION = "INSERT INTO sessions (hash, key, created_at, expires_at) VALUES ($1, $2, $3, $4)";

    /// Deletes the expired sessions, and those of a key beyond the newest. Parameters: id of the key, now, maximum.
    TRIM_SESSIONS = "\
        DELETE FROM sessions WHERE expires_at <= $2 OR (key = $1 AND hash NOT IN (
          SELECT hash FROM sessions WHERE key = $1 ORDER BY created_at DESC, hash LIMIT $3))";

    /// Selects the key of a session. Parameters: hash, now.
    SESSION = "SELECT key FROM sessions WHERE hash = $1 AND expires_at > $2";

    /// Deletes a session. Parameter: hash.
    REMOVE_SESSION = "DELETE FROM sessions WHERE hash = $1";
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// 12 characters of `0-9 A-Z a-z`, the public part of the key.
    pub id: String,
    /// Name of the caller. Unique among valid keys.
    pub name: String,
    /// BLAKE3 of the whole key.
    pub hash: [u8; 32],
    /// Comma-separated names of scopes.
    pub scopes: String,
    /// Requests per minute; 0: not limited.
    pub per_minute: u32,
    /// Requests in a burst.
    pub burst: u32,
    /// Limited and square codes that the key may request from WeChat in total.
    pub limited_quota: u32,
    /// Limited and square codes requested so far.
    pub limited_used: u32,
    /// Creation, s since 1970-01-01 UTC.
    pub created_at: i64,
    /// Revocation, s. `None`: the key is valid.
    pub revoked_at: Option<i64>,
}

impl KeyRecord {
    fn read(row: &DbRow) -> Result<Self> {
        let number = |column| row.get::<i64>(column).map(|n| u32::try_from(n.max(0)).unwrap_or(u32::MAX));
        let hash = row.get::<Vec<u8>>("hash")?.try_into();
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            hash: hash.map_err(|_| Error::internal("the hash of a key has a wrong length"))?,
            scopes: row.get("scopes")?,
            per_minute: number("per_minute")?,
            burst: number("burst")?,
            limited_quota: number("limited_quota")?,
            limited_used: number("limited_used")?,
            created_at: row.get("created_at")?,
            revoked_at: row.get("revoked_at")?,
        })
    }
}

/// The keys of a store.
///
/// # Errors
/// Every function may return `store_unusable`, `store_failed` or `store_busy`.
#[derive(Debug, Clone)]
pub struct KeyStore(Store);

impl KeyStore {
    /// The keys of a store, which is not opened yet.
    pub fn new(store: Store) -> Self {
        Self(store)
    }

    /// All keys, oldest first. Reading does not create the store.
    pub async fn all(&self) -> Result<Vec<KeyRecord>> {
        let Some(db) = self.0.existing().await? else { return Ok(Vec::new()) };
        db.all(ALL, &[MAX_KEYS.into()]).await?.iter().map(KeyRecord::read).collect()
    }

    /// Adds a key. `false` if a valid key has the same name.
    pub async fn add(&self, key: &KeyRecord) -> Result<bool> {
        let values: [Param<'_>; 8] = [
            key.id.as_str().into(),
            key.name.as_str().into(),
            key.hash[..].into(),
            key.scopes.as_str().into(),
            i64::from(key.per_minute).into(),
            i64::from(key.burst).into(),
            i64::from(key.limited_quota).into(),
            key.created_at.into(),
        ];
        match self.0.db().await?.run(ADD, &values).await {
            Ok(_) => Ok(true),
            Err(error) if is_conflict(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Revokes the valid keys with a name or an id. Returns whether there was one.
    pub async fn revoke(&self, key: &str, now: i64) -> Result<bool> {
        self.changes(REVOKE, &[key.into(), now.into()]).await
    }

    /// Deletes all records of a name or an id. Returns whether there was one.
    pub async fn forget(&self, key: &str) -> Result<bool> {
        self.changes(FORGET, &[key.into()]).await
    }

    /// Takes one of the limited codes that a key may request. `false` if none is left.
    pub async fn take_limited(&self, name: &str) -> Result<bool> {
        self.changes(TAKE_LIMITED, &[name.into()]).await
    }

    /// Gives back a limited code that was not requested.
    pub async fn return_limited(&self, name: &str) -> Result<()> {
        self.changes(RETURN_LIMITED, &[name.into()]).await.map(drop)
    }

    /// Adds a session of a key, and deletes expired ones and the oldest of the key.
    pub async fn add_session(&self, hash: &[u8; 32], key: &str, now: i64, expires_at: i64) -> Result<()> {
        let mut tx = self.0.db().await?.begin().await?;
        tx.run(ADD_SESSION, &[hash[..].into(), key.into(), now.into(), expires_at.into()]).await?;
        tx.run(TRIM_SESSIONS, &[key.into(), now.into(), MAX_SESSIONS.into()]).await?;
        tx.commit().await
    }

    /// Id of the key that a valid session belongs to.
    pub async fn session(&self, hash: &[u8; 32], now: i64) -> Result<Option<String>> {
        let Some(db) = self.0.existing().await? else { return Ok(None) };
        db.one(SESSION, &[hash[..].into(), now.into()]).await?.map(|row| row.get("key")).transpose()
    }

    /// Ends a session.
    pub async fn remove_session(&self, hash: &[u8; 32]) -> Result<()> {
        self.changes(REMOVE_SESSION, &[hash[..].into()]).await.map(drop)
    }

    /// Runs a statement on a store that exists. Returns whether it changed a row.
    async fn changes(&self, sql: &'static str, values: &[Param<'_>]) -> Result<bool> {
        let Some(db) = self.0.existing().await? else { return Ok(false) };
        Ok(db.run(sql, values).await? > 0)
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Executor, SqlSafeStr};

    use super::{
        super::{Db, engines::on_engine, testing::TestDatabase},
        *,
    };

    fn key(id: &str, name: &str, created_at: i64) -> KeyRecord {
        KeyRecord {
            id: id.into(),
            name: name.into(),
            hash: [7; 32],
            scopes: "posters,limited-codes".into(),
            per_minute: 600,
            burst: 60,
            limited_quota: 2,
            limited_used: 0,
            created_at,
            revoked_at: None,
        }
    }

    #[tokio::test]
    async fn keys_are_added_revoked_and_forgotten() {
        for engine in TestDatabase::all().await {
            println!("{}", engine.name);
            let keys = KeyStore::new(engine.store());
            assert!(keys.all().await.unwrap().is_empty());
            assert!(!keys.revoke("shop", 1).await.unwrap());
            let first = key("000000000001", "shop", 1);
            assert!(keys.add(&first).await.unwrap());
            assert!(!keys.add(&key("000000000002", "shop", 2)).await.unwrap(), "the name is taken");
            assert_eq!(keys.all().await.unwrap(), std::slice::from_ref(&first));
            assert!(keys.revoke("shop", 3).await.unwrap() && !keys.revoke("shop", 4).await.unwrap());
            assert_eq!(keys.all().await.unwrap(), [KeyRecord { revoked_at: Some(3), ..first }]);
            assert!(keys.add(&key("000000000003", "shop", 5)).await.unwrap(), "the name is free again");
            assert!(keys.revoke("000000000003", 6).await.unwrap(), "an id names a key too");
            assert!(keys.forget("shop").await.unwrap());
            assert!(keys.all().await.unwrap().is_empty());
        }
    }

    #[tokio::test]
    async fn the_quota_of_limited_codes_is_never_exceeded() {
        for engine in TestDatabase::all().await {
            println!("{}", engine.name);
            let keys = KeyStore::new(engine.store());
            keys.add(&key("000000000001", "shop", 1)).await.unwrap();
            let taken = futures_util::future::join_all((0..10).map(|_| keys.take_limited("shop"))).await;
            assert_eq!(taken.into_iter().filter(|taken| *taken.as_ref().unwrap()).count(), 2);
            assert_eq!(keys.all().await.unwrap()[0].limited_used, 2);
            keys.return_limited("shop").await.unwrap();
            assert!(keys.take_limited("shop").await.unwrap() && !keys.take_limited("shop").await.unwrap());
            assert!(!keys.take_limited("other").await.unwrap());
            keys.revoke("shop", 2).await.unwrap();
            keys.return_limited("shop").await.unwrap();
            assert!(!keys.take_limited("shop").await.unwrap());
        }
    }

    #[tokio::test]
    async fn sessions_end_and_are_bounded() {
        for engine in TestDatabase::all().await {
            println!("{}", engine.name);
            let keys = KeyStore::new(engine.store());
            assert_eq!(keys.session(&[0; 32], 1).await.unwrap(), None);
            for n in 0..40_u8 {
                keys.add_session(&[n; 32], "a", n.into(), 100).await.unwrap();
            }
            keys.add_session(&[99; 32], "b", 1, 100).await.unwrap();
            let alive = async |n: u8, now| keys.session(&[n; 32], now).await.unwrap();
            assert_eq!((alive(7, 50).await, alive(8, 50).await.as_deref()), (None, Some("a")), "the oldest ended");
            assert_eq!(alive(99, 99).await.as_deref(), Some("b"));
            assert_eq!(alive(99, 100).await, None, "expired");
            keys.remove_session(&[39; 32]).await.unwrap();
            assert_eq!(alive(39, 50).await, None);
            keys.add_session(&[100; 32], "c", 200, 300).await.unwrap();
            let Some(db) = keys.0.existing().await.unwrap() else { panic!("a store") };
            let all = db.one("SELECT COUNT(*) AS n FROM sessions", &[]).await.unwrap().unwrap();
            assert_eq!(all.get::<i64>("n").unwrap(), 1, "expired sessions are deleted");
        }
    }

    #[tokio::test]
    async fn every_statement_can_be_prepared() {
        for engine in TestDatabase::all().await {
            let store = engine.store();
            let db = store.db().await.unwrap();
            for sql in KEYS {
                let prepared = on_engine!(db, Db { writer, .. } => writer.prepare(sql.into_sql_str()).await.map(drop));
                prepared.unwrap_or_else(|e| panic!("{} rejects {sql}: {e}", engine.name));
            }
        }
    }
}
