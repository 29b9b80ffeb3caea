/** While `make watch` runs, an open page of the local run reloads when another build is served. */

import { type Config, loadConfig } from "./config.js";

const EVERY_MILLISECONDS = 1000;

/** Ends when the configuration names another build than `present`, or none because `make watch` has ended. */
export async function anotherBuild(
  present: string,
  load: () => Promise<Config> = loadConfig,
  pause: () => Promise<unknown> = () => new Promise((resolve) => setTimeout(resolve, EVERY_MILLISECONDS)),
): Promise<void> {
  for (;;) {
    await pause();
    // The server may be unavailable for a moment, while `make up` restarts it.
    const found = await load().catch(() => undefined);
    if (found !== undefined && found.build !== present) {
      return;
    }
  }
}
