/** An answer that comes at once from what is embedded, and later over a network: callers `await` it. */
export type Awaitable<T> = T | Promise<T>;
