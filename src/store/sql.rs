//! Every statement. Parameters are `$1`, integers 64 bits: what SQLite and Postgres both understand.

/// The migrations of SQLite: version, what it does, statements.
pub(super) const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "links", include_str!("migrations/sqlite/0001_links.sql"))];

/// Takes the write lock at once: a transaction that reads first could not wait for it.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// A link by its id: see [`LINK_BY_HASH`].
pub(super) const LINK_BY_ID: &str = "SELECT id, payload, expires_at, count_scans, scans FROM links WHERE id = $1";

/// A link by the hash of its payload.
pub(super) const LINK_BY_HASH: &str = "SELECT id, payload, expires_at, count_scans, scans FROM links WHERE hash = $1";

/// A new link; or the one of this payload, its expiry put off and never brought forward, its scans counted when either
/// asks for it. Parameters: id, hash, payload, now, expires_at, count_scans.
pub(super) const PUT_LINK: &str = "\
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
pub(super) const ADD_SCANS: &str = "UPDATE links SET scans = scans + $2 WHERE id = $1";

/// Removes some links that expired before a time. Parameters: the time, how many at most.
pub(super) const PURGE_LINKS: &str = "\
    DELETE FROM links WHERE id IN (SELECT id FROM links WHERE expires_at < $1 LIMIT $2)";
