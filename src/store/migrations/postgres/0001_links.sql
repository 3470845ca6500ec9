-- Short links. Times are seconds since 1970-01-01 UTC.
CREATE TABLE links (
  -- 12 characters of 0-9 A-Z a-z.
  id          TEXT PRIMARY KEY NOT NULL,
  -- BLAKE3 of the payload: one payload has one id.
  hash        BYTEA NOT NULL UNIQUE,
  -- The parameters as canonical JSON.
  payload     TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  -- None: for ever.
  expires_at  BIGINT,
  -- Whether scans are counted, 0 or 1.
  count_scans BIGINT NOT NULL,
  scans       BIGINT NOT NULL
);

CREATE INDEX links_expires_at ON links (expires_at) WHERE expires_at IS NOT NULL;
