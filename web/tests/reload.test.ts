import assert from "node:assert/strict";
import { test } from "node:test";

import { type Config, parseConfig } from "../src/config.js";
import { anotherBuild } from "../src/reload.js";

const CONFIG: Config = { stage: "local", apiUrl: "/api", issuer: "http://127.0.0.1:4567", clientId: "web", scopes: "openid" };

async function readsUntilAnotherBuild(served: readonly (string | undefined | Error)[]): Promise<number> {
  let reads = 0;
  const load = (): Promise<Config> => {
    const build = served[reads++];
    if (build instanceof Error) {
      return Promise.reject(build);
    }
    return Promise.resolve(build === undefined ? CONFIG : { ...CONFIG, build });
  };
  await anotherBuild("a", load, () => Promise.resolve());
  return reads;
}

test("an open page waits while the same build is served, and while the server is away", async () => {
  assert.equal(await readsUntilAnotherBuild(["a", new TypeError("no connection"), "a", "b"]), 4);
});

test("an open page loads again when nobody watches any longer, and then asks no more", async () => {
  assert.equal(await readsUntilAnotherBuild(["a", undefined]), 2);
});

test("only the configuration of stage local may name a build", () => {
  assert.equal(parseConfig({ ...CONFIG, build: "a" }).build, "a");
  assert.throws(() => parseConfig({ ...CONFIG, build: "a", stage: "prod" }), /build/);
  assert.throws(() => parseConfig({ ...CONFIG, build: 1 }), /build/);
});
