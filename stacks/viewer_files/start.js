// The page's own part, after Swagger UI. "Try it out" must work at the first click, so what an operation needs
// and a reader cannot know is found out before the request: a fresh key, the current version, an id that exists.

const base = new URL(".", location.href);

// Where an id that exists can be read, by the name of the parameter that is to have it.
const LISTS = {
  orderId: () => ["orders?limit=1", "admin/orders?openForMinutes=0&limit=1"],
  webhookId: () => ["webhooks"],
  imageId: (values) => [`products/${values.sku}`],
  customerId: () => (latest.orderId ? [`admin/orders/${latest.orderId}`] : []),
};
// Ids of what has been created on this page.
const latest = {};

const pathOf = (url) => (url.startsWith(base.href) ? `/${url.slice(base.href.length).split("?")[0]}` : "");
const spec = () => ui.specSelectors.specJson().toJS();

/** The path of the description that a URL belongs to, the operation, and the values in the path. */
function operationOf(request) {
  const path = pathOf(request.url);
  const paths = Object.entries(spec().paths ?? {});
  // Literal paths first, as the API matches them.
  paths.sort(([one], [other]) => one.split("{").length - other.split("{").length);
  for (const [template, operations] of paths) {
    const pattern = template.replace(/[.]/g, "\\.").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
    const match = new RegExp(`^${pattern}$`).exec(path);
    const operation = operations[request.method?.toLowerCase()];
    if (match && operation) return { template, operation, values: { ...match.groups } };
  }
  return null;
}

/** The first value of a property with this name, anywhere in a body. */
function find(body, name) {
  if (typeof body !== "object" || body === null) return undefined;
  if (typeof body[name] === "string") return body[name];
  for (const part of Object.values(body)) {
    const found = find(part, name);
    if (found) return found;
  }
  return undefined;
}

async function read(path, headers) {
  const authorization = headers.Authorization ? { Authorization: headers.Authorization } : {};
  const response = await fetch(new URL(path, base), { headers: authorization }).catch(() => null);
  return response?.ok ? response : null;
}

async function existing(name, values, headers) {
  if (latest[name]) return latest[name];
  for (const path of LISTS[name]?.(values) ?? []) {
    const response = await read(path, headers);
    const found = response && find(await response.json(), name);
    if (found) return found;
  }
  return undefined;
}

async function prepare(request) {
  // Swagger UI marks its requests to the issuer by a header that issuers need not allow other origins to send.
  if (!request.url.startsWith(base.href)) delete request.headers?.["X-Requested-With"];
  if (request.loadSpec || !pathOf(request.url)) return request;
  const called = operationOf(request);
  if (!called) return request;
  const parameters = Object.fromEntries((called.operation.parameters ?? []).map((each) => [each.name, each]));
  request.headers ??= {};
  for (const [name, value] of Object.entries(called.values)) {
    if (value !== parameters[name]?.example) continue;
    const found = await existing(name, called.values, request.headers);
    if (found) request.url = request.url.replace(encodeURIComponent(value), encodeURIComponent(found));
  }
  const key = parameters["Idempotency-Key"];
  if (key && [undefined, "", key.example].includes(request.headers["Idempotency-Key"])) {
    request.headers["Idempotency-Key"] = crypto.randomUUID();
  }
  if (parameters["If-Match"] && !request.headers["If-Match"] && !request.headers["If-None-Match"]) {
    const current = (await read(request.url, request.headers))?.headers.get("etag");
    if (current) request.headers["If-Match"] = current;
  }
  return request;
}

function remember(response) {
  if (response.status === 201 || response.status === 202) {
    for (const name of Object.keys(LISTS)) {
      const created = find(response.body, name);
      if (created) latest[name] = created;
    }
  }
  return response;
}

/** Sign-in with the stage's issuer, if the description that it serves says how. */
function setUpSignIn() {
  const scheme = spec().components?.securitySchemes?.signIn;
  if (!scheme) return;
  ui.initOAuth({
    clientId: scheme["x-client-id"],
    scopes: Object.keys(scheme.flows.authorizationCode.scopes),
    usePkceWithAuthorizationCodeGrant: true,
  });
}

// The URLs are relative to the page, so they are right under any name of the API. The online validator is off,
// and so is reading the description's URL from the page's query string.
const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  oauth2RedirectUrl: new URL("docs/sign-in", base).href,
  requestInterceptor: prepare,
  responseInterceptor: remember,
  onComplete: setUpSignIn,
});
