-- API keys, sessions of the pages, and the owners of exports and links. Times are seconds since 1970-01-01 UTC.
CREATE TABLE keys (
  -- 12 characters of 0-9 A-Z a-z, the public part of the key.
  id            TEXT PRIMARY KEY NOT NULL,
  -- The caller: owner of exports, label in logs.
  name          TEXT NOT NULL,
  -- BLAKE3 of the whole key.
  hash          BLOB NOT NULL,
  -- Comma-separated.
  scopes        TEXT NOT NULL,
  -- Requests per minute and in a burst; 0: not limited.
  per_minute    BIGINT NOT NULL,
  burst         BIGINT NOT NULL,
  -- Limited and square codes that the key may request from WeChat, and those requested so far.
  limited_quota BIGINT NOT NULL,
  limited_used  BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  -- NULL: the key is valid.
  revoked_at    BIGINT
);

CREATE UNIQUE INDEX keys_name ON keys (name) WHERE revoked_at IS NULL;

CREATE TABLE sessions (
  -- BLAKE3 of the cookie's value.
  hash       BLOB PRIMARY KEY NOT NULL,
  -- Id of the key.
  key        TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_key ON sessions (key, created_at);

-- Name of the key that started the export. NULL: started without a key.
ALTER TABLE exports ADD COLUMN owner TEXT;

-- Name of the key that first created the link. NULL: created without a key.
ALTER TABLE links ADD COLUMN owner TEXT;

CREATE INDEX links_created_at ON links (created_at);
CREATE INDEX links_owner ON links (owner, created_at) WHERE owner IS NOT NULL;
