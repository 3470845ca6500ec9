-- The row that is drawn while a chunk is drawn row by row.
ALTER TABLE export_chunks RENAME COLUMN in_hand TO in_flight;
