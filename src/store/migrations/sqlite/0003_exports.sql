-- Exports, their chunks, and the processes that work on them. Times are ms since 1970-01-01 UTC.
CREATE TABLE exports (
  -- 32 hexadecimal digits.
  id               TEXT PRIMARY KEY NOT NULL,
  -- uploading, checking, running, finishing, done, paused, cancelled, failed, expired.
  state            TEXT NOT NULL,
  -- Why it is paused or has failed: {code, message, hint}.
  reason           TEXT,
  template         TEXT NOT NULL,
  -- What was asked for, as JSON.
  options          TEXT NOT NULL,
  -- Name of the sheet as it was uploaded.
  sheet            TEXT NOT NULL,
  created_at       BIGINT NOT NULL,
  started_at       BIGINT,
  finished_at      BIGINT,
  expires_at       BIGINT NOT NULL,
  -- Of the state checking or finishing: which try it is, who is at it.
  generation       BIGINT NOT NULL,
  attempts         BIGINT NOT NULL,
  holder           TEXT,
  -- Rows of the sheet; how many of them failed the check; codes that WeChat must be asked for.
  total            BIGINT NOT NULL,
  bad              BIGINT NOT NULL,
  new_codes        BIGINT NOT NULL,
  -- What chunks, once the export is done, add up to.
  done             BIGINT NOT NULL,
  failed           BIGINT NOT NULL,
  -- The first failures, as JSON.
  failures         TEXT NOT NULL,
  archive_bytes    BIGINT NOT NULL,
  archive_hash     TEXT NOT NULL,
  -- Tells where the export is done; pending, sent or failed; when the next attempt is due.
  webhook          TEXT,
  webhook_state    TEXT,
  webhook_attempts BIGINT NOT NULL,
  webhook_due      BIGINT NOT NULL
);

CREATE INDEX exports_created_at ON exports (created_at);
CREATE INDEX exports_state ON exports (state);

CREATE TABLE export_chunks (
  export      TEXT NOT NULL,
  -- From 0.
  chunk       BIGINT NOT NULL,
  -- Which task may draw it.
  generation  BIGINT NOT NULL,
  -- Whether it has a task, 0 or 1.
  queued      BIGINT NOT NULL,
  -- How often it was begun; by whom it is drawn now.
  attempts    BIGINT NOT NULL,
  holder      TEXT,
  -- Drawn carefully: the row in hand; how often each row was in hand when a process died, as JSON {row: times}. Rows are
  -- counted from 0 within the chunk.
  in_hand     BIGINT,
  crashes     TEXT NOT NULL,
  -- The record: NULL until the chunk is done. Which attempt it was, posters, failures, failures as JSON.
  winner      BIGINT,
  done        BIGINT NOT NULL,
  failed      BIGINT NOT NULL,
  failures    TEXT,
  finished_at BIGINT,
  PRIMARY KEY (export, chunk)
);

CREATE TABLE instances (
  id      TEXT PRIMARY KEY NOT NULL,
  seen_at BIGINT NOT NULL
);
