/** The errors of the client. Each has the idempotency key of its request, so that the request can be retried. */

import type { components } from "./schema.js";

type Schemas = components["schemas"];
export type Problem = Schemas["ProblemBody"];
export type FieldError = Schemas["FieldError"];

/** The API refused the request, or failed. `type` is the problem's type, if the response is a problem of the API. */
export class ApiError extends Error {
  override readonly name: string = "ApiError";

  constructor(
    readonly status: number,
    readonly problem: Problem | undefined,
    readonly requestId: string | undefined,
    readonly idempotencyKey: string | undefined,
  ) {
    super(problem ? `${status} ${problem.type}: ${problem.detail || problem.title}` : `${status}`);
  }

  /** The problem type, for example `price-changed`; undefined for an error of the gateway. */
  get type(): string | undefined {
    return this.problem?.type.replace(/^urn:problem-type:/, "");
  }

  get fieldErrors(): readonly FieldError[] {
    return this.problem?.errors ?? [];
  }
}

/** The order was not placed, because it does not cost its `expectedTotal`. `present` has the current prices. */
export class PriceChanged extends ApiError {
  override readonly name = "PriceChanged";

  constructor(
    readonly present: Schemas["PriceChangedBody"],
    requestId: string | undefined,
    idempotencyKey: string | undefined,
  ) {
    super(409, present, requestId, idempotencyKey);
  }
}

/** There was no response. If the request has an idempotency key, it can be retried with that key. */
export class NoResponse extends Error {
  override readonly name = "NoResponse";

  constructor(
    request: string,
    readonly idempotencyKey: string | undefined,
    override readonly cause: unknown,
  ) {
    super(`no response to ${request}`);
  }
}

/** Returns the error for a response with a status of 400 or above, whose body has been read. */
export function errorOf(response: Response, body: unknown, idempotencyKey?: string): ApiError {
  const problem = isProblem(body) ? body : undefined;
  const gatewayId = response.headers.get("apigw-requestid") ?? undefined;
  const requestId = problem?.instance?.replace(/^urn:request:/, "") || gatewayId;
  if (isPriceChanged(problem)) {
    return new PriceChanged(problem, requestId, idempotencyKey);
  }
  return new ApiError(response.status, problem, requestId, idempotencyKey);
}

/** Returns the problem in a response; undefined if the response is not from the API itself. Does not consume the body. */
export async function problemOf(response: Response): Promise<Problem | undefined> {
  try {
    const body: unknown = await response.clone().json();
    return isProblem(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "type" in body && typeof body.type === "string";
}

function isPriceChanged(problem: Problem | undefined): problem is Schemas["PriceChangedBody"] {
  return problem?.type === "urn:problem-type:price-changed" && "total" in problem && "lines" in problem;
}
