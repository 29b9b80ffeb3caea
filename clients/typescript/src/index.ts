export * from "./client.js";
export * from "./errors.js";
export { DEFAULT_RETRIES, SYSTEM_CLOCK, isRepeatable, retrying, secondsAskedFor } from "./retrying.js";
export type { Clock, Fetch, RetryPolicy } from "./retrying.js";
export type { components, paths } from "./schema.js";
