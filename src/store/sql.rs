//! SQL statements and migrations. Parameters are `$1` and integers 64 bits, which SQLite and Postgres both support.
//!
//! To add a table, add one file to each folder of `migrations/` (same version in both), one line each to [`SQLITE`] and
//! [`POSTGRES`], and its statements to [`statements`]; a test prepares all of them on both engines. For Postgres, write
//! a parameter in an arithmetic expression as `CAST($2 AS BIGINT)`, and cast the sum of a column the same way.

/// Version, description, statements. Published versions must never change.
pub(super) type Migration = (i64, &'static str, &'static str);

pub(super) const SQLITE: &[Migration] = &[
    (1, "links", include_str!("migrations/sqlite/0001_links.sql")),
    (3, "exports", include_str!("migrations/sqlite/0003_exports.sql")),
    (4, "keys", include_str!("migrations/sqlite/0004_keys.sql")),
    (5, "in_flight", include_str!("migrations/sqlite/0005_in_flight.sql")),
];

#[cfg(any(test, feature = "cluster"))]
pub(super) const POSTGRES: &[Migration] = &[
    (1, "links", include_str!("migrations/postgres/0001_links.sql")),
    (2, "shared", include_str!("migrations/postgres/0002_shared.sql")),
    (3, "exports", include_str!("migrations/postgres/0003_exports.sql")),
    (4, "keys", include_str!("migrations/postgres/0004_keys.sql")),
    (5, "in_flight", include_str!("migrations/postgres/0005_in_flight.sql")),
];

/// Defines statement constants, and a list of them for the test that prepares each.
macro_rules! statements {
    ($list:ident: $($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)*
        /// All statements, for tests.
        #[cfg(test)]
        pub(super) const $list: &[&str] = &[$($name),*];
    };
}

pub(super) use statements;

// Statements for both engines.
statements! { BOTH:
    /// Selects a link by id. Parameter: id.
    LINK_BY_ID = "SELECT id, payload, expires_at, count_scans, scans FROM links WHERE id = $1";

    /// Selects a link by the hash of its payload. Parameter: hash.
    LINK_BY_HASH = "SELECT id, payload, expires_at, count_scans, scans FROM links WHERE hash = $1";

    /// Inserts a link, or updates the existing one of this payload: its expiry is only ever extended, and its scans are
    /// counted if either request asks for it. Its first owner remains. Parameters: id, hash, payload, now, expires_at,
    /// count_scans, owner.
    PUT_LINK = "\
        INSERT INTO links (id, hash, payload, created_at, expires_at, count_scans, scans, owner)
        VALUES ($1, $2, $3, $4, $5, $6, 0, $7)
        ON CONFLICT (hash) DO UPDATE SET
          expires_at = CASE
            WHEN links.expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL
            WHEN excluded.expires_at > links.expires_at THEN excluded.expires_at
            ELSE links.expires_at END,
          count_scans = CASE WHEN excluded.count_scans = 1 THEN 1 ELSE links.count_scans END,
          owner = COALESCE(links.owner, excluded.owner)
        RETURNING id, payload, expires_at, count_scans, scans";

    /// Selects the newest links of an owner. Parameters: limit, owner.
    LINKS_OF = "\
        SELECT id, payload, expires_at, count_scans, scans FROM links WHERE owner = $2
        ORDER BY created_at DESC, id LIMIT $1";

    /// Selects the newest links. Parameter: limit.
    LATEST_LINKS = "\
        SELECT id, payload, expires_at, count_scans, scans FROM links ORDER BY created_at DESC, id LIMIT $1";

    /// Adds to a link's scans. Parameters: id, number of scans.
    ADD_SCANS = "UPDATE links SET scans = scans + CAST($2 AS BIGINT) WHERE id = $1";

    /// Deletes links that expired before a time. Parameters: time, limit.
    PURGE_LINKS = "\
        DELETE FROM links WHERE id IN (SELECT id FROM links WHERE expires_at < $1 ORDER BY id LIMIT $2)";
}

/// Statement time of the server's clock, us. Processes need no synchronised clocks.
macro_rules! now_us {
    () => {
        "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000 AS BIGINT)"
    };
}

/// Statement time of the server's clock, ms.
macro_rules! now_ms {
    () => {
        "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)"
    };
}

/// The stored next turn of a quota, capped at one burst from now in case the clock was set back.
macro_rules! next_at {
    () => {
        concat!("LEAST(quotas.next_at, ", now_us!(), " + CAST($3 AS BIGINT) + CAST($2 AS BIGINT))")
    };
}

/// End of the pause of a turn's use; 0 if it is not paused.
macro_rules! stopped_until {
    () => {
        "COALESCE((SELECT stops.paused_until FROM quotas AS stops WHERE stops.name = CAST($4 AS TEXT)), 0)"
    };
}

// Statements for Postgres only, for processes that share a store.
statements! { SHARED:
    /// Takes a turn of a quota (GCRA). Returns the time to wait for the next turn, the rest of the quota's pause and
    /// the rest of the pause of the turn's use, us; `wait` is 0 if the turn is granted. A single statement, so the row
    /// is locked while it runs. Parameters: name, interval between turns in us, burst tolerance in us ((burst - 1) *
    /// interval), name of the turn's use or NULL.
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

    /// Pauses a quota, or a use of a quota. A pause is never shortened. Parameters: name, duration in us.
    PAUSE_TURNS = concat!(
        "INSERT INTO quotas (name, next_at, paused_until, wait) VALUES ($1, 0, ", now_us!(), " + CAST($2 AS BIGINT), 0)
        ON CONFLICT (name) DO UPDATE SET paused_until = GREATEST(quotas.paused_until, excluded.paused_until)"
    );

    /// Selects a valid token, its remaining lifetime in ms, and whether it is due for renewal (0 or 1). Parameter:
    /// name.
    TOKEN = concat!(
        "SELECT value, expires_at - ", now_ms!(), " AS left_ms,
          CAST(CASE WHEN renew_at <= ", now_ms!(), " THEN 1 ELSE 0 END AS BIGINT) AS due
        FROM tokens WHERE name = $1 AND value IS NOT NULL AND expires_at > ", now_ms!()
    );

    /// Clears a token if it still has this value. Parameters: name, value.
    DROP_TOKEN = "UPDATE tokens SET value = NULL WHERE name = $1 AND value = $2";

    /// Leases a token unless it is leased, and returns the fencing token. Parameters: name, duration in ms.
    LEASE_TOKEN = concat!(
        "INSERT INTO tokens (name, value, expires_at, renew_at, leased_until, fence)
        VALUES ($1, NULL, 0, 0, ", now_ms!(), " + CAST($2 AS BIGINT), 1)
        ON CONFLICT (name) DO UPDATE SET leased_until = excluded.leased_until, fence = tokens.fence + 1
          WHERE tokens.leased_until <= ", now_ms!(), "
        RETURNING fence"
    );

    /// Ends the lease and stores the new token. Parameters: name, fencing token, value, lifetime in ms, time until
    /// renewal in ms.
    KEEP_TOKEN = concat!(
        "UPDATE tokens SET value = $3, expires_at = ", now_ms!(), " + CAST($4 AS BIGINT),
          renew_at = ", now_ms!(), " + CAST($5 AS BIGINT), leased_until = 0
        WHERE name = $1 AND fence = $2"
    );

    /// Ends the lease without a new token. Parameters: name, fencing token.
    RELEASE_TOKEN = "UPDATE tokens SET leased_until = 0 WHERE name = $1 AND fence = $2";
}
