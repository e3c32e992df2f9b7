/** What the embedded engine is told at its start. */
export interface EngineSettings {
  /** Folder of its tables. */
  directory: string;
  port: number;
  /** Every request must carry it in the header `SECRET_HEADER`. Letters and digits only. */
  secret: string;
  memoryBytes: number;
}

/** SQL can read any file of our user: without the secret, anybody on the machine could. */
export const SECRET_HEADER = 'X-Odograph-Secret';

const MARK_CACHE_BYTES = 128 * 1024 * 1024;
/** A merge's sources are kept this long, since the merged part may not be on the disk yet; the library's default is 0, s. */
const OLD_PARTS_SECONDS = 480;

/** Makes the engine's configuration file. Requests without the secret match no rule and get 404. */
export function engineConfig({ secret, memoryBytes }: EngineSettings): string {
  const rule = (content: string): string =>
    `<rule><methods>GET,POST</methods><headers><${SECRET_HEADER}>${secret}</${SECRET_HEADER}></headers>${content}</rule>`;
  return `<clickhouse>
  <max_server_memory_usage>${memoryBytes}</max_server_memory_usage>
  <mark_cache_size>${MARK_CACHE_BYTES}</mark_cache_size>
  <merge_tree><old_parts_lifetime>${OLD_PARTS_SECONDS}</old_parts_lifetime></merge_tree>
  <http_handlers>
    ${rule('<url>/ping</url><handler><type>static</type><status>200</status><response_content>Ok.\n</response_content></handler>')}
    ${rule('<handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>')}
  </http_handlers>
</clickhouse>
`;
}

/** The engine's command line. It serves HTTP and then sleeps for as long as it lives. */
export function engineWords({ directory, port }: EngineSettings, configPath: string): string[] {
  const forever = 'SELECT sleepEachRow(1) FROM system.numbers SETTINGS max_block_size = 1, max_execution_time = 0 FORMAT Null';
  return [
    'clickhouse',
    `--path=${directory}`,
    `--config-file=${configPath}`,
    `--http_port=${port}`,
    '--listen_host=127.0.0.1',
    '--function_sleep_max_microseconds_per_block=0',
    '--query',
    `SYSTEM START LISTEN HTTP; ${forever}`,
  ];
}
