-- A part keeps its columns side by side in one file, however large it is: who asks for one tracker reads one place of it, not thirty files.
ALTER TABLE latest_messages MODIFY SETTING min_bytes_for_wide_part = 10000000000;
