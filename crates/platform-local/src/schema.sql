CREATE TABLE IF NOT EXISTS items (
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER NOT NULL,
  ix TEXT,
  ix_sort TEXT,
  body TEXT NOT NULL,
  -- Unix seconds; the row may go after it.
  expires INTEGER,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_by_index ON items (ix, ix_sort) WHERE ix IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_by_expiry ON items (expires) WHERE expires IS NOT NULL;

CREATE TABLE IF NOT EXISTS counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  partition_key TEXT NOT NULL,
  data BLOB NOT NULL
);

-- done: everything up to it is finished. claimed: the last record of the batch at work, if greater.
CREATE TABLE IF NOT EXISTS consumers (
  name TEXT PRIMARY KEY,
  done INTEGER NOT NULL,
  claimed INTEGER NOT NULL
) WITHOUT ROWID;
