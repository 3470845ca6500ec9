//! Every statement, and the tables. Parameters are `$1`, integers 64 bits: what SQLite and Postgres both understand.
//!
//! A new table is one file a folder of `migrations/` (the same version in both), one line in [`SQLITE`] and in
//! [`POSTGRES`], and its statements in [`statements`]: a test prepares each of them on both engines. In Postgres a
//! parameter of an arithmetic expression is written `CAST($2 AS BIGINT)`, as is the sum of a column.

/// Version, what it makes, statements. A version that was published never changes.
pub(super) type Migration = (i64, &'static str, &'static str);

/// The migrations of SQLite.
pub(super) const SQLITE: &[Migration] = &[
    (1, "links", include_str!("migrations/sqlite/0001_links.sql")),
    (3, "exports", include_str!("migrations/sqlite/0003_exports.sql")),
];

/// The migrations of Postgres.
pub(super) const POSTGRES: &[Migration] = &[
    (1, "links", include_str!("migrations/postgres/0001_links.sql")),
    (3, "exports", include_str!("migrations/postgres/0003_exports.sql")),
];

/// Takes SQLite's write lock at once: a transaction that reads first could not wait for it.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// Constants of statements, and the list of them that the test prepares.
macro_rules! statements {
    ($list:ident: $($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)*
        /// All of them.
        #[cfg(test)]
        pub(super) const $list: &[&str] = &[$($name),*];
    };
}

pub(super) use statements;

statements! { BOTH:
    /// A link by its id: see [`LINK_BY_HASH`].
    LINK_BY_ID = "SELECT id, payload, expires_at, count_scans, scans FROM links WHERE id = $1";

    /// A link by the hash of its payload.
    LINK_BY_HASH = "SELECT id, payload, expires_at, count_scans, scans FROM links WHERE hash = $1";

    /// A new link; or the one of this payload, its expiry put off and never brought forward, its scans counted when
    /// either asks for it. Parameters: id, hash, payload, now, expires_at, count_scans.
    PUT_LINK = "\
        INSERT INTO links (id, hash, payload, created_at, expires_at, count_scans, scans)
        VALUES ($1, $2, $3, $4, $5, $6, 0)
        ON CONFLICT (hash) DO UPDATE SET
          expires_at = CASE
            WHEN links.expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL
            WHEN excluded.expires_at > links.expires_at THEN excluded.expires_at
            ELSE links.expires_at END,
          count_scans = CASE WHEN excluded.count_scans = 1 THEN 1 ELSE links.count_scans END
        RETURNING id, payload, expires_at, count_scans, scans";

    /// Adds to a link's scans. Parameters: id, how many.
    ADD_SCANS = "UPDATE links SET scans = scans + CAST($2 AS BIGINT) WHERE id = $1";

    /// Removes some links that expired before a time. Parameters: the time, how many at most.
    PURGE_LINKS = "\
        DELETE FROM links WHERE id IN (SELECT id FROM links WHERE expires_at < $1 ORDER BY id LIMIT $2)";
}
