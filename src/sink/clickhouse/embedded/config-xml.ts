/** SQL can read any file of our user: without the secret, anybody on the machine could. */
export const SECRET_HEADER = 'X-Odograph-Secret';

const MARK_CACHE_BYTES = 128 * 1024 * 1024;
/** A merge's sources are kept this long, since the merged part may not be on the disk yet; the library's default is 0, s. */
const OLD_PARTS_SECONDS = 480;
/**
 * As many parts, or more, are merged at once: left alone, the engine merges a few at a time, and writes each row twice as often while it is
 * young. Some dozens of parts lie beside each other then, of which a question reads one granule each.
 */
const MERGED_PARTS = 10;
/** A part has a file for each column from this size on: what inserts bring never has, and what came of a merge under load mostly. */
const WIDE_PART_BYTES = 20 * 1024 * 1024;
/** From so many rows on, a merge decides by the key alone and carries each other column over by itself: 0.7 to 0.9 of the time. */
const VERTICAL_MERGE_ROWS = 30_000;

/**
 * Makes the engine's configuration file. `secret`, letters and digits only, must be in every request; one without it matches
 * no rule and gets 404. Passwords cannot do this: the library needs a user without one for itself.
 */
export function engineConfig(secret: string, memoryBytes: number): string {
  const rule = (content: string): string =>
    `<rule><methods>GET,POST</methods><headers><${SECRET_HEADER}>${secret}</${SECRET_HEADER}></headers>${content}</rule>`;
  return `<clickhouse>
  <max_server_memory_usage>${memoryBytes}</max_server_memory_usage>
  <mark_cache_size>${MARK_CACHE_BYTES}</mark_cache_size>
  <merge_tree>
    <old_parts_lifetime>${OLD_PARTS_SECONDS}</old_parts_lifetime>
    <min_parts_to_merge_at_once>${MERGED_PARTS}</min_parts_to_merge_at_once>
    <min_bytes_for_wide_part>${WIDE_PART_BYTES}</min_bytes_for_wide_part>
    <vertical_merge_algorithm_min_rows_to_activate>${VERTICAL_MERGE_ROWS}</vertical_merge_algorithm_min_rows_to_activate>
    <!-- Statistics of columns, made anew in each merge, are for planning joins. -->
    <auto_statistics_types></auto_statistics_types>
  </merge_tree>
  <http_handlers>
    ${rule('<url>/ping</url><handler><type>static</type><status>200</status><response_content>Ok.\n</response_content></handler>')}
    ${rule('<handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>')}
  </http_handlers>
</clickhouse>
`;
}

/** The engine's command line. It serves HTTP on the loopback port and then sleeps for as long as it lives. */
export function engineWords(tables: string, configPath: string, port: number): string[] {
  const forever = 'SELECT sleepEachRow(1) FROM system.numbers SETTINGS max_block_size = 1, max_execution_time = 0 FORMAT Null';
  return [
    'clickhouse',
    `--path=${tables}`,
    `--config-file=${configPath}`,
    `--http_port=${port}`,
    '--listen_host=127.0.0.1',
    '--function_sleep_max_microseconds_per_block=0',
    '--query',
    `SYSTEM START LISTEN HTTP; ${forever}`,
  ];
}
