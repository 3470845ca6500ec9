//! The statements of exports. `holder` is an instance's id; one that was not seen since a time has died, and what it
//! held is free.

use super::super::sql::statements;

/// What [`super::Export::read`] takes.
macro_rules! export {
    () => {
        "id, state, reason, template, options, sheet, created_at, started_at, finished_at, expires_at, generation, \
         attempts, total, bad, new_codes, done, failed, failures, archive_bytes, archive_hash, webhook, webhook_state, \
         webhook_attempts"
    };
}

statements! { EXPORTS:
    /// A new export, unless too many are at work. Parameters: id, template, options, sheet, now, expires_at, webhook,
    /// holder, most at once.
    ADD_EXPORT = "\
        INSERT INTO exports (id, state, template, options, sheet, created_at, expires_at, generation, attempts, holder,
          total, bad, new_codes, done, failed, failures, archive_bytes, archive_hash, webhook, webhook_attempts, webhook_due)
        SELECT $1, 'uploading', $2, $3, $4, CAST($5 AS BIGINT), CAST($6 AS BIGINT), 0, 0, $8,
          0, 0, 0, 0, 0, '[]', 0, '', $7, 0, 0
        WHERE (SELECT COUNT(*) FROM exports WHERE state IN ('uploading', 'checking', 'running', 'finishing', 'paused'))
          < CAST($9 AS BIGINT)";

    /// Lets one process at a time add an export, until its transaction ends: two that count at the same moment would both
    /// find room. The row is no instance's: it was never seen.
    LOCK_ROOM = "\
        INSERT INTO instances (id, seen_at) VALUES ('', 0) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";

    /// How many exports are at work.
    COUNT_ACTIVE = "\
        SELECT COUNT(*) AS n FROM exports WHERE state IN ('uploading', 'checking', 'running', 'finishing', 'paused')";

    /// The upload is whole. Parameters: id, name of the sheet, template, options, expires_at, webhook.
    UPLOADED = "\
        UPDATE exports SET state = 'checking', holder = NULL, sheet = $2, template = $3, options = $4, expires_at = $5,
          webhook = $6
        WHERE id = $1 AND state = 'uploading'";

    /// An export by its id.
    EXPORT = concat!("SELECT ", export!(), " FROM exports WHERE id = $1");

    /// The latest exports. Parameter: how many.
    LATEST = concat!("SELECT ", export!(), " FROM exports WHERE state <> 'uploading'
        ORDER BY created_at DESC, id LIMIT $1");

    /// Exports in a state. Parameters: the state, how many.
    IN_STATE = concat!("SELECT ", export!(), " FROM exports WHERE state = $1 ORDER BY created_at, id LIMIT $2");

    /// Takes a step of an export. Parameters: id, state, generation, holder, seen since.
    CLAIM_STEP = "\
        UPDATE exports SET holder = $4, attempts = attempts + 1
        WHERE id = $1 AND state = $2 AND generation = $3
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $5))
        RETURNING attempts";

    /// Gives a step back: with 1 as if it had not been taken. Parameters: id, holder, generation, attempts to take off, what
    /// it waits for or NULL.
    RELEASE_STEP = "\
        UPDATE exports SET holder = NULL, attempts = attempts - CAST($4 AS BIGINT),
          reason = COALESCE(CAST($5 AS TEXT), reason)
        WHERE id = $1 AND holder = $2 AND generation = $3";

    /// Gives all steps back. Parameter: holder.
    RELEASE_STEPS = "\
        UPDATE exports SET holder = NULL, attempts = attempts - 1
        WHERE holder = $1 AND state IN ('checking', 'finishing')";

    /// A new task for a step whose own is lost. Parameters: id, state, generation, seen since.
    RENEW_STEP = "\
        UPDATE exports SET generation = generation + 1, holder = NULL
        WHERE id = $1 AND state = $2 AND generation = $3
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $4))
        RETURNING generation";

    /// The chunks of an export. Parameters: id, how many.
    ADD_CHUNKS = "\
        WITH RECURSIVE numbers (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < CAST($2 AS BIGINT))
        INSERT INTO export_chunks (export, chunk, generation, queued, attempts, crashes, done, failed)
        SELECT $1, n, 0, 0, 0, '{}', 0, 0 FROM numbers WHERE CAST($2 AS BIGINT) > 0
        ON CONFLICT (export, chunk) DO NOTHING";

    /// The sheet is checked. Parameters: id, holder, generation, now, total, bad, new codes, failures.
    CHECKED = "\
        UPDATE exports SET state = 'running', holder = NULL, attempts = 0, generation = generation + 1, started_at = $4,
          reason = NULL, total = $5, bad = $6, new_codes = $7, failures = $8
        WHERE id = $1 AND holder = $2 AND generation = $3 AND state = 'checking' RETURNING generation";

    /// An export that goes on to its end, as all of its chunks are done.
    ALL_DONE = "\
        UPDATE exports SET state = 'finishing', attempts = 0, generation = generation + 1
        WHERE id = $1 AND state = 'running'
          AND NOT EXISTS (SELECT 1 FROM export_chunks WHERE export = $1 AND winner IS NULL)
        RETURNING generation";

    /// Back from the last step to drawing, as files of chunks are lost. Parameters: id, holder, generation.
    REOPEN = "\
        UPDATE exports SET state = 'running', holder = NULL, attempts = 0, generation = generation + 1, reason = NULL
        WHERE id = $1 AND holder = $2 AND generation = $3 AND state = 'finishing'";

    /// A chunk whose files are lost is not done. Parameters: id, chunk.
    REOPEN_CHUNK = "\
        UPDATE export_chunks SET winner = NULL, queued = 0, generation = generation + 1, done = 0, failed = 0,
          failures = NULL, finished_at = NULL
        WHERE export = $1 AND chunk = $2";

    /// The end. Parameters: id, holder, now, expires_at, done, failed, failures, bytes and hash of the archive, generation.
    FINISHED = "\
        UPDATE exports SET state = 'done', holder = NULL, attempts = 0, generation = generation + 1, reason = NULL,
          finished_at = $3, expires_at = $4, done = $5, failed = $6, failures = $7, archive_bytes = $8, archive_hash = $9,
          webhook_state = CASE WHEN webhook IS NULL THEN NULL ELSE 'pending' END
        WHERE id = $1 AND holder = $2 AND generation = $10 AND state = 'finishing'";

    /// The other end. Parameters: id, now, expires_at, reason, total, bad, failures, holder, generation.
    FAILED = "\
        UPDATE exports SET state = 'failed', holder = NULL, attempts = 0, generation = generation + 1, finished_at = $2,
          expires_at = $3, reason = $4, total = $5, bad = $6, failures = $7,
          webhook_state = CASE WHEN webhook IS NULL THEN NULL ELSE 'pending' END
        WHERE id = $1 AND holder = $8 AND generation = $9 AND state IN ('checking', 'finishing')";

    /// Pauses what runs. Parameters: id, reason, kept at least until.
    PAUSE = "\
        UPDATE exports SET state = 'paused', reason = $2,
          expires_at = CASE WHEN expires_at < $3 THEN CAST($3 AS BIGINT) ELSE expires_at END
        WHERE id = $1 AND state = 'running'";

    /// Pauses the last step, given back as if it had not been taken. Parameters: id, holder, generation, reason, kept at
    /// least until.
    PAUSE_STEP = "\
        UPDATE exports SET state = 'paused', reason = $4, holder = NULL, attempts = attempts - 1,
          expires_at = CASE WHEN expires_at < $5 THEN CAST($5 AS BIGINT) ELSE expires_at END
        WHERE id = $1 AND holder = $2 AND generation = $3 AND state = 'finishing'";

    /// Lets it run again.
    RESUME = "UPDATE exports SET state = 'running', reason = NULL WHERE id = $1 AND state = 'paused'";

    /// Tasks that ran while the export was paused did nothing: its chunks need new ones, and may be tried as often as at
    /// first. Parameters: id, seen since.
    REQUEUE = "\
        UPDATE export_chunks SET queued = 0, generation = generation + 1, attempts = 0
        WHERE export = $1 AND winner IS NULL
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $2))
          AND EXISTS (SELECT 1 FROM exports WHERE id = $1 AND state = 'paused')";

    /// Somebody ends an export. Parameters: id, now.
    CANCEL = "\
        UPDATE exports SET state = 'cancelled', holder = NULL, generation = generation + 1, webhook_state = NULL,
          finished_at = CASE WHEN finished_at IS NULL THEN CAST($2 AS BIGINT) ELSE finished_at END, expires_at = $2
        WHERE id = $1 AND state NOT IN ('cancelled', 'uploading')";

    /// An export's time is over, unless it was resumed since [`EXPIRING`]. Parameters: id, now.
    EXPIRE = "\
        UPDATE exports SET state = 'expired', holder = NULL, generation = generation + 1, webhook_state = NULL,
          finished_at = CASE WHEN finished_at IS NULL THEN CAST($2 AS BIGINT) ELSE finished_at END, expires_at = $2
        WHERE id = $1 AND expires_at <= CAST($2 AS BIGINT) AND state IN ('done', 'failed', 'paused')";

    /// Exports to expire. Parameters: now, how many.
    EXPIRING = "\
        SELECT id FROM exports WHERE expires_at <= $1 AND state IN ('done', 'failed', 'paused') ORDER BY id LIMIT $2";

    /// Exports that nobody asks for any more: cancelled, expired for long, an upload whose process died or that it has
    /// long given up; and on which nobody works. Parameters: expired before, seen since, cancelled before, how many,
    /// uploads begun before.
    REMOVABLE = "\
        SELECT id FROM exports
        WHERE ((state = 'cancelled' AND expires_at < CAST($3 AS BIGINT)) OR (state = 'expired' AND expires_at < CAST($1 AS BIGINT))
            OR state = 'uploading')
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $2)
            OR (state = 'uploading' AND created_at < CAST($5 AS BIGINT)))
          AND NOT EXISTS (SELECT 1 FROM export_chunks c WHERE c.export = exports.id AND c.winner IS NULL
            AND c.holder IN (SELECT id FROM instances WHERE seen_at > $2))
        ORDER BY id LIMIT $4";

    /// Removes an export's chunks.
    REMOVE_CHUNKS = "DELETE FROM export_chunks WHERE export = $1";

    /// Removes an export.
    REMOVE_EXPORT = "DELETE FROM exports WHERE id = $1";

    /// Chunks that have a task and are not done. Parameter: id.
    COUNT_QUEUED = "\
        SELECT COUNT(*) AS n FROM export_chunks WHERE export = $1 AND queued = 1 AND winner IS NULL";

    /// Gives the next chunk a task. Parameter: id.
    QUEUE_NEXT = "\
        UPDATE export_chunks SET queued = 1
        WHERE export = $1 AND queued = 0 AND winner IS NULL AND chunk = (
          SELECT MIN(chunk) FROM export_chunks WHERE export = $1 AND queued = 0 AND winner IS NULL)
        RETURNING chunk, generation";

    /// Chunks that have a task and that nobody draws. Parameters: id, seen since.
    UNHELD = "\
        SELECT chunk, generation FROM export_chunks
        WHERE export = $1 AND queued = 1 AND winner IS NULL
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $2))
        ORDER BY chunk";

    /// A new task for a chunk whose own is lost. Parameters: id, chunk, generation.
    RENEW_CHUNK = "\
        UPDATE export_chunks SET generation = generation + 1
        WHERE export = $1 AND chunk = $2 AND generation = $3 AND winner IS NULL
        RETURNING generation";

    /// Takes a chunk. Parameters: id, chunk, generation, holder, seen since.
    CLAIM_CHUNK = "\
        UPDATE export_chunks SET holder = $4, attempts = attempts + 1
        WHERE export = $1 AND chunk = $2 AND generation = $3 AND winner IS NULL
          AND (holder IS NULL OR holder NOT IN (SELECT id FROM instances WHERE seen_at > $5))
          AND EXISTS (SELECT 1 FROM exports WHERE id = $1 AND state = 'running')
        RETURNING attempts, in_hand, crashes";

    /// What a crash taught. Parameters: id, chunk, holder, crashes.
    CRASHED = "\
        UPDATE export_chunks SET in_hand = NULL, crashes = $4
        WHERE export = $1 AND chunk = $2 AND holder = $3";

    /// Notes the row in hand. Parameters: id, chunk, holder, row.
    IN_HAND = "UPDATE export_chunks SET in_hand = $4 WHERE export = $1 AND chunk = $2 AND holder = $3";

    /// Gives a chunk back: with 1 as if it had not been taken. Parameters: id, chunk, holder, attempts to take off.
    RELEASE_CHUNK = "\
        UPDATE export_chunks SET holder = NULL, in_hand = NULL, attempts = attempts - CAST($4 AS BIGINT)
        WHERE export = $1 AND chunk = $2 AND holder = $3";

    /// Gives all chunks back. Parameter: holder.
    RELEASE_ALL = "\
        UPDATE export_chunks SET holder = NULL, in_hand = NULL, attempts = attempts - 1 WHERE holder = $1";

    /// Exports that are done and whose chunks are still there. Parameter: how many.
    UNCLEAN = "\
        SELECT id FROM exports WHERE state = 'done' AND EXISTS (SELECT 1 FROM export_chunks WHERE export = exports.id)
        ORDER BY id LIMIT $1";

    /// The record of a chunk; the first one stays. Parameters: id, chunk, attempt, done, failed, failures, now.
    RECORD = "\
        UPDATE export_chunks SET winner = $3, done = $4, failed = $5, failures = $6, finished_at = $7, holder = NULL,
          in_hand = NULL
        WHERE export = $1 AND chunk = $2 AND winner IS NULL
          AND EXISTS (SELECT 1 FROM exports WHERE id = $1 AND state IN ('running', 'paused'))";

    /// Which attempt a chunk's record is of. Parameters: id, chunk.
    WINNER = "SELECT winner FROM export_chunks WHERE export = $1 AND chunk = $2";

    /// Which attempt each chunk's record is of.
    WINNERS = "SELECT winner FROM export_chunks WHERE export = $1 AND winner IS NOT NULL ORDER BY chunk";

    /// What the chunks add up to. Parameters: id, finished since.
    PROGRESS = "\
        SELECT COUNT(*) AS chunks, COUNT(winner) AS finished,
          CAST(COALESCE(SUM(done), 0) AS BIGINT) AS done, CAST(COALESCE(SUM(failed), 0) AS BIGINT) AS failed,
          CAST(COALESCE(SUM(CASE WHEN finished_at > $2 THEN done + failed ELSE 0 END), 0) AS BIGINT) AS recent
        FROM export_chunks WHERE export = $1";

    /// The failures of an export's chunks. Parameters: id, how many chunks.
    CHUNK_FAILURES = "\
        SELECT failures FROM export_chunks WHERE export = $1 AND failures IS NOT NULL ORDER BY chunk LIMIT $2";

    /// Webhooks to send. Parameters: now, how many.
    WEBHOOKS_DUE = concat!("SELECT ", export!(), " FROM exports
        WHERE webhook_state = 'pending' AND webhook_due <= $1 ORDER BY webhook_due, id LIMIT $2");

    /// Takes an attempt to send a webhook. Parameters: id, attempts so far, due if this one fails.
    CLAIM_WEBHOOK = "\
        UPDATE exports SET webhook_attempts = webhook_attempts + 1, webhook_due = $3
        WHERE id = $1 AND webhook_state = 'pending' AND webhook_attempts = $2";

    /// Ends a webhook. Parameters: id, sent or failed.
    WEBHOOK_ENDED = "UPDATE exports SET webhook_state = $2 WHERE id = $1 AND webhook_state = 'pending'";

    /// An instance lives. Parameters: id, now.
    BEAT = "\
        INSERT INTO instances (id, seen_at) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";

    /// Instances that live. Parameter: seen since.
    LIVING = "SELECT id FROM instances WHERE seen_at > $1";

    /// An instance goes.
    LEAVE = "DELETE FROM instances WHERE id = $1";

    /// Instances that died long ago; and those that were seen in the future: the clock was put back since, and a dead one
    /// would live on until then. Who lives tells it again. Parameters: seen before, seen after.
    FORGET = "DELETE FROM instances WHERE seen_at < $1 OR seen_at > $2";
}
