import assert from "node:assert/strict";
import { test } from "node:test";

import { redriveAll } from "../src/console/redriving.js";

type Answer = { redriven: number; kept: { id: string; about: string; reason: string }[]; left: number };

const KEPT = { id: "1", about: "order 1", reason: "the order does not exist" };

/** An API with these answers, in their order. It fails once there are no more. */
function answering(...answers: Answer[]) {
  const asked: string[] = [];
  const adminRedriveQueue = async (queue: string) => {
    asked.push(queue);
    const answer = answers.shift();
    if (answer === undefined) {
      throw new Error("the connection is lost");
    }
    return answer;
  };
  return { asked, adminRedriveQueue };
}

test("a queue is redriven request by request until nothing is left", async () => {
  const api = answering({ redriven: 20, kept: [], left: 3 }, { redriven: 3, kept: [], left: 0 });
  const told: number[] = [];
  const last = await redriveAll(api, "order", (count) => told.push(count));
  assert.deepEqual(told, [20, 23]);
  assert.deepEqual(api.asked, ["order", "order"]);
  assert.equal(last.left, 0);
});

test("it ends when only letters are left that stay", async () => {
  const api = answering({ redriven: 1, kept: [KEPT], left: 1 });
  assert.equal((await redriveAll(api, "order", () => undefined)).left, 1);
  const hidden = answering({ redriven: 0, kept: [], left: 5 });
  assert.equal((await redriveAll(hidden, "order", () => undefined)).left, 5);
});

test("a request that fails ends it, and what was redriven is known", async () => {
  const told: number[] = [];
  const api = answering({ redriven: 20, kept: [], left: 3 });
  await assert.rejects(redriveAll(api, "order", (count) => told.push(count)));
  assert.deepEqual(told, [20]);
});

test("a queue that fills as fast as it is emptied does not keep the page busy for ever", async () => {
  let requests = 0;
  const adminRedriveQueue = async () => {
    requests += 1;
    return { redriven: 20, kept: [], left: 20 };
  };
  await redriveAll({ adminRedriveQueue }, "order", () => undefined);
  assert.equal(requests, 500);
});
