/** The settings that differ between stages: `config.json`, which the deployment writes beside the application. */

export interface Config {
  readonly stage: string;
  /** The URL of the API, or its path on this origin. */
  readonly apiUrl: string;
  readonly issuer: string;
  readonly clientId: string;
  /** The URL of the WebSocket API, if the stage has one. */
  readonly liveUrl?: string;
  /** Separated by spaces. */
  readonly scopes: string;
  /** The path of the routes that cause faults. Only the server of a local run has them. */
  readonly breakIt?: string;
  /** The name of the build while `make watch` runs. When it changes, the page reloads. */
  readonly build?: string;
}

const FIELDS = ["stage", "apiUrl", "issuer", "clientId", "scopes"] as const;

/** Reads the configuration. Throws an error that names the missing field. */
export async function loadConfig(): Promise<Config> {
  const response = await fetch("/config.json", { cache: "no-cache", credentials: "omit" });
  if (!response.ok) {
    throw new Error(`/config.json: ${response.status}`);
  }
  return parseConfig(await response.json());
}

export function parseConfig(read: unknown): Config {
  const found = typeof read === "object" && read !== null ? (read as Record<string, unknown>) : {};
  for (const field of FIELDS) {
    if (typeof found[field] !== "string" || found[field] === "") {
      throw new Error(`/config.json: ${field} must be a non-empty string`);
    }
  }
  const { stage, breakIt, build } = found;
  if (breakIt !== undefined && (stage !== "local" || typeof breakIt !== "string" || !breakIt.startsWith("/"))) {
    throw new Error("/config.json: breakIt must be a path, in stage local only");
  }
  if (build !== undefined && (stage !== "local" || typeof build !== "string")) {
    throw new Error("/config.json: build must be a text, in stage local only");
  }
  return found as unknown as Config;
}
