-- What was merged is synced before what it was made of goes. What the newest inserts brought may be lost with the power: it is mended at the
-- next start (`latest.ts`).
ALTER TABLE latest_messages MODIFY SETTING min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480;
