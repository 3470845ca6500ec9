-- What processes share besides: the turns of a quota, and the access tokens of WeChat's API. All of it is made anew when
-- it is lost. Times are those of this server's clock, since 1970-01-01 UTC.
CREATE TABLE quotas (
  -- Whose quota it is.
  name         TEXT PRIMARY KEY NOT NULL,
  -- When the next turn would be due if turns were taken evenly (GCRA's theoretical arrival time), us.
  next_at      BIGINT NOT NULL,
  -- No turn is given before, us.
  paused_until BIGINT NOT NULL,
  -- What the last one who asked was told: us to wait; 0: the turn is given.
  wait         BIGINT NOT NULL
);

CREATE TABLE tokens (
  -- Whose token it is.
  name         TEXT PRIMARY KEY NOT NULL,
  -- A secret: whoever reads it may act for the app until it ends. None: none is known.
  value        TEXT,
  -- When it ends, ms.
  expires_at   BIGINT NOT NULL,
  -- When it shall be replaced, ms.
  renew_at     BIGINT NOT NULL,
  -- Until when one process alone may ask for another, ms.
  leased_until BIGINT NOT NULL,
  -- Counts leases: who had an earlier one writes nothing any more.
  fence        BIGINT NOT NULL
);
