//! SQL statements of exports. `holder` is the id of the instance that holds a step or chunk. An instance that was not
//! seen since a given time counts as dead, and what it holds can be claimed.

use super::super::sql::statements;

/// Columns that [`super::Export::read`] reads.
macro_rules! export {
    () => {
        "id, state, reason, template, options, sheet, created_at, started_at, finished_at, expires_at, generation, \
         attempts, total, bad, new_codes, done, failed, failures, archive_bytes, archive_hash, webhook, webhook_state, \
         webhook_attempts, owner"
    };
}

statements! { EXPORTS:
    /// Inserts an export. Parameters: id, template, options, sheet, now, expires_at, webhook, holder, owner.
    ADD_EXPORT = "\
        INSERT INTO exports (id, state, template, options, sheet, created_at, expires_at, generation, attempts, holder,
          total, bad, new_codes, done, failed, failures, archive_bytes, archive_hash, webhook, webhook_attempts, webhook_due,
          owner)
        VALUES ($1, 'uploading', $2, $3, $4, $5, $6, 0, 0, $8, 0, 0, 0, 0, 0, '[]', 0, '', $7, 0, 0, $9)";

    /// Lock that serialises [`COUNT_ACTIVE`] and [`ADD_EXPORT`] until the transaction ends: two concurrent transactions could
    /// otherwise both count below the maximum. The row is not an instance; it is never seen as live.
    LOCK_ROOM = "\
        INSERT INTO instances (id, seen_at) VALUES ('', 0) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";

    /// Counts active exports, and those of an owner among them. Parameter: owner.
    COUNT_ACTIVE = "\
        SELECT COUNT(*) AS n, COUNT(CASE WHEN owner = CAST($1 AS TEXT) THEN 1 END) AS own FROM exports
        WHERE state IN ('uploading', 'checking', 'running', 'finishing', 'paused')";

    /// Counts exports by state.
    COUNT_BY_STATE = "SELECT state, COUNT(*) AS n FROM exports GROUP BY state";

    /// Ends the upload. Parameters: id, file name of the sheet, template, options, expires_at, webhook, owner.
    UPLOADED = "\
        UPDATE exports SET state = 'checking', holder = NULL, sheet = $2, template = $3, options = $4, expires_at = $5,
          webhook = $6, owner = $7
        WHERE id = $1 AND state = 'uploading'";

    /// Selects an export. Parameter: id.
    EXPORT = concat!("SELECT ", export!(), " FROM exports WHERE id = $1");

    /// Selects the newest exports of an owner, or of all if it is NULL. Parameters: limit, owner.
    LATEST = concat!("SELECT ", export!(), " FROM exports WHERE state NOT IN ('uploading', 'cancelled')
        AND (CAST($2 AS TEXT) IS NULL OR owner = CAST($2 AS TEXT)) ORDER BY created_at DESC, id LIMIT $1");

    /// Selects exports in a state. Parameters: state, limit.
    IN_STATE = concat!("SELECT ", export!(), " FROM exports WHERE state = $1 ORDER BY created_at, id LIMIT $2");

    /// Claims a step of an export. Parameters: id, state, generation, holder, seen since.
    CLAIM_STEP = "\
        UPDATE exports SET holder = $4, attempts = attempts + 1
        WHERE id = $1 AND state = $2 AND generation = $3
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $5))
        RETURNING attempts";

    /// Releases a step. Parameters: id, holder, generation, attempts to subtract (0 or 1), reason for the wait or NULL.
    RELEASE_STEP = "\
        UPDATE exports SET holder = NULL, attempts = attempts - CAST($4 AS BIGINT),
          reason = COALESCE(CAST($5 AS TEXT), reason)
        WHERE id = $1 AND holder = $2 AND generation = $3";

    /// Releases all steps of an instance. Parameter: holder.
    RELEASE_STEPS = "\
        UPDATE exports SET holder = NULL, attempts = attempts - 1
        WHERE holder = $1 AND state IN ('checking', 'finishing')";

    /// Advances the generation of a step whose task was lost. Parameters: id, state, generation, seen since.
    RENEW_STEP = "\
        UPDATE exports SET generation = generation + 1, holder = NULL
        WHERE id = $1 AND state = $2 AND generation = $3
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $4))
        RETURNING generation";

    /// Inserts the chunks of an export. Parameters: id, number of chunks.
    ADD_CHUNKS = "\
        WITH RECURSIVE numbers (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < CAST($2 AS BIGINT))
        INSERT INTO export_chunks (export, chunk, generation, queued, attempts, crashes, done, failed)
        SELECT $1, n, 0, 0, 0, '{}', 0, 0 FROM numbers WHERE CAST($2 AS BIGINT) > 0
        ON CONFLICT (export, chunk) DO NOTHING";

    /// Ends the check. Parameters: id, holder, generation, now, total, bad, new codes, failures.
    CHECKED = "\
        UPDATE exports SET state = 'running', holder = NULL, attempts = 0, generation = generation + 1, started_at = $4,
          reason = NULL, total = $5, bad = $6, new_codes = $7, failures = $8
        WHERE id = $1 AND holder = $2 AND generation = $3 AND state = 'checking' RETURNING generation";

    /// Moves an export whose chunks are all finished from running to finishing. Parameter: id.
    ALL_DONE = "\
        UPDATE exports SET state = 'finishing', attempts = 0, generation = generation + 1
        WHERE id = $1 AND state = 'running'
          AND NOT EXISTS (SELECT 1 FROM export_chunks WHERE export = $1 AND winner IS NULL)
        RETURNING generation";

    /// Moves an export from finishing back to running because chunk files are lost. Parameters: id, holder, generation.
    REOPEN = "\
        UPDATE exports SET state = 'running', holder = NULL, attempts = 0, generation = generation + 1, reason = NULL
        WHERE id = $1 AND holder = $2 AND generation = $3 AND state = 'finishing'";

    /// Resets a chunk whose files are lost. Parameters: id, chunk.
    REOPEN_CHUNK = "\
        UPDATE export_chunks SET winner = NULL, queued = 0, generation = generation + 1, done = 0, failed = 0,
          failures = NULL, finished_at = NULL
        WHERE export = $1 AND chunk = $2";

    /// Marks an export as done. Parameters: id, holder, now, expires_at, done, failed, failures, archive bytes, archive
    /// hash, generation.
    FINISHED = "\
        UPDATE exports SET state = 'done', holder = NULL, attempts = 0, generation = generation + 1, reason = NULL,
          finished_at = $3, expires_at = $4, done = $5, failed = $6, failures = $7, archive_bytes = $8, archive_hash = $9,
          webhook_state = CASE WHEN webhook IS NULL THEN NULL ELSE 'pending' END
        WHERE id = $1 AND holder = $2 AND generation = $10 AND state = 'finishing'";

    /// Marks an export as failed. Parameters: id, now, expires_at, reason, total, bad, failures, holder, generation.
    FAILED = "\
        UPDATE exports SET state = 'failed', holder = NULL, attempts = 0, generation = generation + 1, finished_at = $2,
          expires_at = $3, reason = $4, total = $5, bad = $6, failures = $7,
          webhook_state = CASE WHEN webhook IS NULL THEN NULL ELSE 'pending' END
        WHERE id = $1 AND holder = $8 AND generation = $9 AND state IN ('checking', 'finishing')";

    /// Pauses a running export. Parameters: id, reason, minimum of expires_at.
    PAUSE = "\
        UPDATE exports SET state = 'paused', reason = $2,
          expires_at = CASE WHEN expires_at < $3 THEN CAST($3 AS BIGINT) ELSE expires_at END
        WHERE id = $1 AND state = 'running'";

    /// Pauses a finishing export and releases the step without counting the attempt. Parameters: id, holder,
    /// generation, reason, minimum of expires_at.
    PAUSE_STEP = "\
        UPDATE exports SET state = 'paused', reason = $4, holder = NULL, attempts = attempts - 1,
          expires_at = CASE WHEN expires_at < $5 THEN CAST($5 AS BIGINT) ELSE expires_at END
        WHERE id = $1 AND holder = $2 AND generation = $3 AND state = 'finishing'";

    /// Resumes a paused export. Parameter: id.
    RESUME = "UPDATE exports SET state = 'running', reason = NULL WHERE id = $1 AND state = 'paused'";

    /// Requeues the chunks of a paused export and resets their attempts. Tasks that ran during the pause did nothing,
    /// so the chunks need new ones. Parameters: id, seen since.
    REQUEUE = "\
        UPDATE export_chunks SET queued = 0, generation = generation + 1, attempts = 0
        WHERE export = $1 AND winner IS NULL
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $2))
          AND EXISTS (SELECT 1 FROM exports WHERE id = $1 AND state = 'paused')";

    /// Cancels an export. Parameters: id, now.
    CANCEL = "\
        UPDATE exports SET state = 'cancelled', holder = NULL, generation = generation + 1, webhook_state = NULL,
          finished_at = CASE WHEN finished_at IS NULL THEN CAST($2 AS BIGINT) ELSE finished_at END, expires_at = $2
        WHERE id = $1 AND state NOT IN ('cancelled', 'uploading')";

    /// Expires an export, unless it was resumed since [`EXPIRING`]. Parameters: id, now.
    EXPIRE = "\
        UPDATE exports SET state = 'expired', holder = NULL, generation = generation + 1, webhook_state = NULL,
          finished_at = CASE WHEN finished_at IS NULL THEN CAST($2 AS BIGINT) ELSE finished_at END, expires_at = $2
        WHERE id = $1 AND expires_at <= CAST($2 AS BIGINT) AND state IN ('done', 'failed', 'paused')";

    /// Selects exports that are due to expire. Parameters: now, limit.
    EXPIRING = "\
        SELECT id FROM exports WHERE expires_at <= $1 AND state IN ('done', 'failed', 'paused') ORDER BY id LIMIT $2";

    /// Selects exports that can be deleted: cancelled, expired long ago, or an upload that was abandoned or whose
    /// process died; none that a live instance works on. Parameters: expired before, seen since, cancelled before,
    /// limit, uploads created before.
    REMOVABLE = "\
        SELECT id FROM exports
        WHERE ((state = 'cancelled' AND expires_at < CAST($3 AS BIGINT)) OR (state = 'expired' AND expires_at < CAST($1 AS BIGINT))
            OR state = 'uploading')
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $2)
            OR (state = 'uploading' AND created_at < CAST($5 AS BIGINT)))
          AND NOT EXISTS (SELECT 1 FROM export_chunks c WHERE c.export = exports.id AND c.winner IS NULL
            AND c.holder IN (SELECT id FROM instances WHERE seen_at > $2))
        ORDER BY id LIMIT $4";

    /// Deletes the chunks of an export. Parameter: id.
    REMOVE_CHUNKS = "DELETE FROM export_chunks WHERE export = $1";

    /// Deletes an export. Parameter: id.
    REMOVE_EXPORT = "DELETE FROM exports WHERE id = $1";

    /// Counts queued chunks that are not finished. Parameter: id.
    COUNT_QUEUED = "\
        SELECT COUNT(*) AS n FROM export_chunks WHERE export = $1 AND queued = 1 AND winner IS NULL";

    /// Marks the next chunk as queued. Parameter: id.
    QUEUE_NEXT = "\
        UPDATE export_chunks SET queued = 1
        WHERE export = $1 AND queued = 0 AND winner IS NULL AND chunk = (
          SELECT MIN(chunk) FROM export_chunks WHERE export = $1 AND queued = 0 AND winner IS NULL)
        RETURNING chunk, generation";

    /// Selects queued chunks that no live instance holds. Parameters: id, seen since.
    UNHELD = "\
        SELECT chunk, generation FROM export_chunks
        WHERE export = $1 AND queued = 1 AND winner IS NULL
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $2))
        ORDER BY chunk";

    /// Advances the generation of a chunk whose task was lost. Parameters: id, chunk, generation.
    RENEW_CHUNK = "\
        UPDATE export_chunks SET generation = generation + 1
        WHERE export = $1 AND chunk = $2 AND generation = $3 AND winner IS NULL
        RETURNING generation";

    /// Claims a chunk. Parameters: id, chunk, generation, holder, seen since.
    CLAIM_CHUNK = "\
        UPDATE export_chunks SET holder = $4, attempts = attempts + 1
        WHERE export = $1 AND chunk = $2 AND generation = $3 AND winner IS NULL
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $5))
          AND EXISTS (SELECT 1 FROM exports WHERE id = $1 AND state = 'running')
        RETURNING attempts, in_flight, crashes";

    /// Stores crash counts and clears the row in flight. Parameters: id, chunk, holder, crashes.
    CRASHED = "\
        UPDATE export_chunks SET in_flight = NULL, crashes = $4
        WHERE export = $1 AND chunk = $2 AND holder = $3";

    /// Stores the row in flight. Parameters: id, chunk, holder, row.
    IN_FLIGHT = "UPDATE export_chunks SET in_flight = $4 WHERE export = $1 AND chunk = $2 AND holder = $3";

    /// Releases a chunk. Parameters: id, chunk, holder, attempts to subtract (0 or 1).
    RELEASE_CHUNK = "\
        UPDATE export_chunks SET holder = NULL, in_flight = NULL, attempts = attempts - CAST($4 AS BIGINT)
        WHERE export = $1 AND chunk = $2 AND holder = $3";

    /// Releases all chunks of an instance. Parameter: holder.
    RELEASE_ALL = "\
        UPDATE export_chunks SET holder = NULL, in_flight = NULL, attempts = attempts - 1 WHERE holder = $1";

    /// Selects finished exports whose chunks have not been deleted. Parameter: limit.
    UNCLEAN = "\
        SELECT id FROM exports WHERE state = 'done' AND EXISTS (SELECT 1 FROM export_chunks WHERE export = exports.id)
        ORDER BY id LIMIT $1";

    /// Stores the result of a chunk; the first one wins. Parameters: id, chunk, winner, done, failed, failures, now.
    RECORD = "\
        UPDATE export_chunks SET winner = $3, done = $4, failed = $5, failures = $6, finished_at = $7, holder = NULL,
          in_flight = NULL
        WHERE export = $1 AND chunk = $2 AND winner IS NULL
          AND EXISTS (SELECT 1 FROM exports WHERE id = $1 AND state IN ('running', 'paused'))";

    /// Selects the winning attempt of a chunk. Parameters: id, chunk.
    WINNER = "SELECT winner FROM export_chunks WHERE export = $1 AND chunk = $2";

    /// Selects the winning attempt of each finished chunk. Parameter: id.
    WINNERS = "SELECT winner FROM export_chunks WHERE export = $1 AND winner IS NOT NULL ORDER BY chunk";

    /// Sums over the chunks of an export. Parameters: id, time since which chunks count as recent.
    PROGRESS = "\
        SELECT COUNT(*) AS chunks, COUNT(winner) AS finished,
          CAST(COALESCE(SUM(done), 0) AS BIGINT) AS done, CAST(COALESCE(SUM(failed), 0) AS BIGINT) AS failed,
          CAST(COALESCE(SUM(CASE WHEN finished_at > $2 THEN done + failed ELSE 0 END), 0) AS BIGINT) AS recent
        FROM export_chunks WHERE export = $1";

    /// Selects the failures of an export's chunks. Parameters: id, maximum number of chunks.
    CHUNK_FAILURES = "\
        SELECT failures FROM export_chunks WHERE export = $1 AND failures IS NOT NULL ORDER BY chunk LIMIT $2";

    /// Selects exports with a webhook to send. Parameters: now, limit.
    WEBHOOKS_DUE = concat!("SELECT ", export!(), " FROM exports
        WHERE webhook_state = 'pending' AND webhook_due <= $1 ORDER BY webhook_due, id LIMIT $2");

    /// Claims a webhook attempt. Parameters: id, attempts so far, due time of the next attempt.
    CLAIM_WEBHOOK = "\
        UPDATE exports SET webhook_attempts = webhook_attempts + 1, webhook_due = $3
        WHERE id = $1 AND webhook_state = 'pending' AND webhook_attempts = $2";

    /// Sets the final state of a webhook. Parameters: id, `sent` or `failed`.
    WEBHOOK_ENDED = "UPDATE exports SET webhook_state = $2 WHERE id = $1 AND webhook_state = 'pending'";

    /// Writes the heartbeat of an instance. Parameters: id, now.
    BEAT = "\
        INSERT INTO instances (id, seen_at) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";

    /// Selects live instances. Parameter: seen since.
    LIVING = "SELECT id FROM instances WHERE seen_at > $1";

    /// Deletes an instance. Parameter: id.
    LEAVE = "DELETE FROM instances WHERE id = $1";

    /// Deletes instances that died long ago, and those seen in the future: the clock was set back, and a dead instance
    /// would count as live until then. Live instances write their heartbeat again. Parameters: seen before, seen after.
    FORGET = "DELETE FROM instances WHERE seen_at < $1 OR seen_at > $2";
}
