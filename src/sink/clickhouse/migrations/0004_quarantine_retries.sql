-- What came of putting a frame out of quarantine through the codecs again: every try of each.
CREATE TABLE IF NOT EXISTS quarantine_retries (
    spool_id       UInt64,
    spool_seq      UInt64,
    retried_at     DateTime64(3, 'UTC'),
    result         LowCardinality(String) COMMENT 'stored, duplicate or failed',
    code           LowCardinality(String) COMMENT 'why it failed; empty where it did not',
    detail         String,
    codec_version  UInt16,
    new_messages   UInt32,
    retry_spool_id UInt64 COMMENT 'under which the rows of the try are stored'
) ENGINE = ReplacingMergeTree
ORDER BY (spool_id, spool_seq, retried_at, retry_spool_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;
