/** A thin client: types from the API's description, retries, and errors that say what to do. */

import createFetchClient, { type Client } from "openapi-fetch";

import { errorOf } from "./errors.js";
import { type Clock, DEFAULT_RETRIES, type Fetch, type RetryPolicy, retrying } from "./retrying.js";
import type { components, paths } from "./schema.js";

export type Schemas = components["schemas"];
export type Order = Schemas["OrderView"];
export type OrderSummary = Schemas["OrderSummaryView"];
export type AnyOrder = Schemas["AnyOrderView"];
export type OpenOrder = Schemas["OpenOrderView"];
export type PlaceOrder = Schemas["PlaceOrder"];
export type Product = Schemas["ProductView"];
export type Profile = Schemas["ProfileView"];
export type Export = Schemas["ExportView"];
export type Money = Schemas["Money"];
export type SalesTotal = Schemas["SalesTotal"];
export type Metrics = Schemas["Metrics"];
export type MetricGraph = Schemas["MetricGraph"];
export type MetricLine = Schemas["MetricLine"];
export type Queue = Schemas["QueueView"];
export type UnreadableQueue = Schemas["UnreadableQueueView"];
export type DeadLetter = Schemas["DeadLetterView"];
export type KeptLetter = Schemas["KeptLetter"];
export type Status = Schemas["Status"];

type Query<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Q } } } ? Q : never;

export interface ClientOptions {
  /** The URL of the API, without a slash at its end. */
  readonly baseUrl: string;
  /** Returns the access token, or undefined if nobody is signed in. It is called for every attempt. */
  readonly token?: () => string | undefined | Promise<string | undefined>;
  readonly retries?: Partial<RetryPolicy>;
  readonly fetch?: Fetch;
  readonly clock?: Clock;
}

/** Options of a read: a signal that aborts it. */
export interface ReadOptions {
  readonly signal?: AbortSignal;
}

/** A value, and its version for a conditional change. */
export interface Versioned<T> {
  readonly value: T;
  readonly etag: string;
}

/** An order that was accepted. `replayed`: an earlier request with the same key had placed it. */
export interface Placed {
  readonly order: Order;
  readonly replayed: boolean;
}

export class OrdersClient {
  /** Every route of the API, typed. Retries as the methods do; a result contains `error` instead of throwing. */
  readonly routes: Client<paths>;

  constructor(options: ClientOptions) {
    const send = options.fetch ?? ((request: Request) => fetch(request));
    const signed: Fetch = async (request) => {
      const token = await options.token?.();
      if (token !== undefined) {
        request.headers.set("Authorization", `Bearer ${token}`);
      }
      return send(request);
    };
    this.routes = createFetchClient<paths>({
      baseUrl: options.baseUrl,
      fetch: retrying(signed, { ...DEFAULT_RETRIES, ...options.retries }, options.clock),
      // The API uses no cookies.
      credentials: "omit",
    });
  }

  /**
   * Places an order. One key creates one order, however often it is sent: store the key before the call.
   *
   * Throws `PriceChanged` if the order does not cost its `expectedTotal`.
   */
  async placeOrder(
    order: PlaceOrder,
    { idempotencyKey = crypto.randomUUID() as string }: { idempotencyKey?: string } = {},
  ): Promise<Placed> {
    const { data, error, response } = await this.routes.POST("/orders", {
      body: order,
      params: { header: { "Idempotency-Key": idempotencyKey } },
    });
    const replayed = response.headers.has("Idempotency-Replayed");
    return { order: required(data, error, response, idempotencyKey), replayed };
  }

  async getOrder(orderId: string, { signal }: ReadOptions = {}): Promise<Order> {
    return answered(this.routes.GET("/orders/{orderId}", { params: { path: { orderId } }, ...given(signal) }));
  }

  async listOrders(query: Query<"/orders"> = {}, { signal }: ReadOptions = {}): Promise<Schemas["OrderPage"]> {
    return answered(this.routes.GET("/orders", { params: { query }, ...given(signal) }));
  }

  async cancelOrder(orderId: string): Promise<Order> {
    return answered(this.routes.POST("/orders/{orderId}/cancel", { params: { path: { orderId } } }));
  }

  async listProducts(query: Query<"/products"> = {}, { signal }: ReadOptions = {}): Promise<Schemas["ProductPage"]> {
    return answered(this.routes.GET("/products", { params: { query }, ...given(signal) }));
  }

  async getProduct(sku: string, { signal }: ReadOptions = {}): Promise<Product> {
    return answered(this.routes.GET("/products/{sku}", { params: { path: { sku } }, ...given(signal) }));
  }

  async getStock(sku: string, query: { limit?: number; cursor?: string } = {}): Promise<Schemas["StockPage"]> {
    return answered(this.routes.GET("/products/{sku}/stock", { params: { path: { sku }, query } }));
  }

  async changeStock(sku: string, change: Schemas["ReceiveStock"], idempotencyKey: string): Promise<Schemas["StockView"]> {
    const header = { "Idempotency-Key": idempotencyKey };
    return answered(this.routes.POST("/products/{sku}/stock", { params: { path: { sku }, header }, body: change }));
  }

  /** Returns the profile with its version; undefined if there is none. */
  async getProfile({ signal }: ReadOptions = {}): Promise<Versioned<Profile> | undefined> {
    const { data, error, response } = await this.routes.GET("/customers/me", given(signal));
    if (response.status === 404) {
      return undefined;
    }
    const value = required(data, error, response);
    return { value, etag: response.headers.get("ETag") ?? "" };
  }

  /** Replaces the profile of version `etag`, or creates one if `etag` is undefined. */
  async putProfile(profile: Schemas["PutProfile"], etag?: string): Promise<Versioned<Profile>> {
    const header = etag === undefined ? ({ "If-None-Match": "*" } as const) : { "If-Match": etag };
    const { data, error, response } = await this.routes.PUT("/customers/me", { body: profile, params: { header } });
    const value = required(data, error, response);
    return { value, etag: response.headers.get("ETag") ?? "" };
  }

  async deleteProfile(): Promise<void> {
    const { error, response } = await this.routes.DELETE("/customers/me");
    if (!response.ok) {
      throw errorOf(response, error);
    }
  }

  /** Requests a copy of the caller's data; a link to it is mailed. The request can be repeated safely. */
  async requestExport(): Promise<Export> {
    return answered(this.routes.POST("/customers/me/export"));
  }

  /** Returns the last copy that was requested, with a link of five minutes once it is made; undefined if there is none. */
  async getExport({ signal }: ReadOptions = {}): Promise<Export | undefined> {
    const { data, error, response } = await this.routes.GET("/customers/me/export", given(signal));
    return response.status === 404 ? undefined : required(data, error, response);
  }

  async adminListOpenOrders(query: Query<"/admin/orders"> = {}): Promise<Schemas["OpenOrders"]> {
    return answered(this.routes.GET("/admin/orders", { params: { query } }));
  }

  async adminGetOrder(orderId: string, { signal }: ReadOptions = {}): Promise<AnyOrder> {
    return answered(this.routes.GET("/admin/orders/{orderId}", { params: { path: { orderId } }, ...given(signal) }));
  }

  async adminListOrders(
    customerId: string,
    query: Query<"/admin/customers/{customerId}/orders"> = {},
  ): Promise<Schemas["OrderPage"]> {
    const params = { path: { customerId }, query };
    return answered(this.routes.GET("/admin/customers/{customerId}/orders", { params }));
  }

  async adminListSales(query: Query<"/admin/sales">, { signal }: ReadOptions = {}): Promise<Schemas["SalesPage"]> {
    return answered(this.routes.GET("/admin/sales", { params: { query }, ...given(signal) }));
  }

  async adminGetMetrics(query: Query<"/admin/metrics"> = {}, { signal }: ReadOptions = {}): Promise<Metrics> {
    return answered(this.routes.GET("/admin/metrics", { params: { query }, ...given(signal) }));
  }

  async adminListQueues({ signal }: ReadOptions = {}): Promise<Schemas["QueueList"]> {
    return answered(this.routes.GET("/admin/queues", given(signal)));
  }

  async adminListDeadLetters(
    queue: string,
    query: { limit?: number } = {},
    { signal }: ReadOptions = {},
  ): Promise<Schemas["DeadLetterList"]> {
    const path = { queue };
    return answered(this.routes.GET("/admin/queues/{queue}/dead-letters", { params: { path, query }, ...given(signal) }));
  }

  /** Redrives at most 20 dead letters of a queue: repeat it until none was redriven. */
  async adminRedriveQueue(queue: string): Promise<Schemas["RedriveView"]> {
    return answered(this.routes.POST("/admin/queues/{queue}/redrive", { params: { path: { queue } } }));
  }

  async getHealth(): Promise<Schemas["HealthView"]> {
    return answered(this.routes.GET("/health"));
  }
}

interface Result<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

async function answered<T>(sent: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await sent;
  return required(data, error, response);
}

function required<T>(data: T | undefined, error: unknown, response: Response, idempotencyKey?: string): T {
  if (data === undefined) {
    throw errorOf(response, error, idempotencyKey);
  }
  return data;
}

function given(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
