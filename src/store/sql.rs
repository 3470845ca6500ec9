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
    (2, "shared", include_str!("migrations/postgres/0002_shared.sql")),
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

// On both engines.
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

/// Time of the server's clock when the statement came, in microseconds: processes need no clocks that agree.
macro_rules! now_us {
    () => {
        "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000 AS BIGINT)"
    };
}

/// The same in milliseconds.
macro_rules! now_ms {
    () => {
        "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)"
    };
}

/// The next turn of a quota as it is kept; of a clock that was put back, no later than one burst from now.
macro_rules! next_at {
    () => {
        concat!("LEAST(quotas.next_at, ", now_us!(), " + CAST($3 AS BIGINT) + CAST($2 AS BIGINT))")
    };
}

/// Until when what a turn is for is stopped; 0 when it is not.
macro_rules! stopped_until {
    () => {
        "COALESCE((SELECT stops.paused_until FROM quotas AS stops WHERE stops.name = CAST($4 AS TEXT)), 0)"
    };
}

// On Postgres alone: what only processes that share a store need.
statements! { SHARED:
    /// Takes a turn of a quota, or tells how many microseconds are to be waited for the next one, for the end of the pause,
    /// and for that of what the turn is for; all are 0 when the turn is given. One statement: the row is locked while it
    /// runs. Parameters: name, microseconds between two turns, how many microseconds turns may come early (a burst less
    /// one, times that), the name of what it is for or NULL.
    TAKE_TURN = concat!(
        "INSERT INTO quotas (name, next_at, paused_until, wait) VALUES ($1, ", now_us!(), " + CAST($2 AS BIGINT), 0, 0)
        ON CONFLICT (name) DO UPDATE SET
          wait = GREATEST(0, ", next_at!(), " - CAST($3 AS BIGINT) - ", now_us!(), ", quotas.paused_until - ", now_us!(), ", ",
          stopped_until!(), " - ", now_us!(), "),
          next_at = CASE
            WHEN ", next_at!(), " - CAST($3 AS BIGINT) <= ", now_us!(), " AND quotas.paused_until <= ", now_us!(), "
              AND ", stopped_until!(), " <= ", now_us!(), "
            THEN GREATEST(quotas.next_at, ", now_us!(), ") + CAST($2 AS BIGINT)
            ELSE ", next_at!(), " END
        RETURNING wait, GREATEST(0, paused_until - ", now_us!(), ") AS paused,
          GREATEST(0, ", stopped_until!(), " - ", now_us!(), ") AS stopped"
    );

    /// Gives no turn of a quota, or for what has the name, for some time. Parameters: name, microseconds.
    PAUSE_TURNS = concat!(
        "INSERT INTO quotas (name, next_at, paused_until, wait) VALUES ($1, 0, ", now_us!(), " + CAST($2 AS BIGINT), 0)
        ON CONFLICT (name) DO UPDATE SET paused_until = GREATEST(quotas.paused_until, excluded.paused_until)"
    );

    /// A token that has not ended, the milliseconds that are left, and whether it shall be replaced (1). Parameter: name.
    TOKEN = concat!(
        "SELECT value, expires_at - ", now_ms!(), " AS left_ms,
          CAST(CASE WHEN renew_at <= ", now_ms!(), " THEN 1 ELSE 0 END AS BIGINT) AS due
        FROM tokens WHERE name = $1 AND value IS NOT NULL AND expires_at > ", now_ms!()
    );

    /// Forgets a token if it is still this one. Parameters: name, value.
    DROP_TOKEN = "UPDATE tokens SET value = NULL WHERE name = $1 AND value = $2";

    /// Leases a token, when nobody has it leased: answers the fencing number. Parameters: name, milliseconds.
    LEASE_TOKEN = concat!(
        "INSERT INTO tokens (name, value, expires_at, renew_at, leased_until, fence)
        VALUES ($1, NULL, 0, 0, ", now_ms!(), " + CAST($2 AS BIGINT), 1)
        ON CONFLICT (name) DO UPDATE SET leased_until = excluded.leased_until, fence = tokens.fence + 1
          WHERE tokens.leased_until <= ", now_ms!(), "
        RETURNING fence"
    );

    /// Ends the lease, and keeps the token that it was for. Parameters: name, fencing number, value, milliseconds until
    /// it ends, milliseconds until it shall be replaced.
    KEEP_TOKEN = concat!(
        "UPDATE tokens SET value = $3, expires_at = ", now_ms!(), " + CAST($4 AS BIGINT),
          renew_at = ", now_ms!(), " + CAST($5 AS BIGINT), leased_until = 0
        WHERE name = $1 AND fence = $2"
    );

    /// Ends the lease without a token. Parameters: name, fencing number.
    RELEASE_TOKEN = "UPDATE tokens SET leased_until = 0 WHERE name = $1 AND fence = $2";
}
