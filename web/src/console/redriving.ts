/** Redrives a queue with several requests, because each request handles a limited number of letters. */

import type { OrdersClient, Schemas } from "@order-backend/client";

/** A queue that fills as fast as it is emptied must not keep the page busy for ever. */
const MOST_REQUESTS = 500;

/** Sends requests until one has redriven nothing or nothing is left. Returns its response. `told` gets each count. */
export async function redriveAll(
  api: Pick<OrdersClient, "adminRedriveQueue">,
  queue: string,
  told: (count: number) => void,
): Promise<Schemas["RedriveView"]> {
  let count = 0;
  let last: Schemas["RedriveView"] = { redriven: 0, kept: [], left: 0 };
  for (let requests = 0; requests < MOST_REQUESTS; requests += 1) {
    last = await api.adminRedriveQueue(queue);
    count += last.redriven;
    told(count);
    if (last.redriven === 0 || last.left <= last.kept.length) {
      break;
    }
  }
  return last;
}
