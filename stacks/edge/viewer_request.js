// Runs in CloudFront before the cache is asked, for the routes whose responses may be cached
// ("Viewer request", CloudFront Functions, cloudfront-js-2.0). It gives requests that the API answers in the
// same way the same cache key, and never changes the response of the API.
//
// `stacks/edge/viewer_request.py` fills in the three constants, from the route table and from the settings.

// Path -> the query parameters of its route with a default, and that default as text.
const DEFAULTS = {};
// The origins that the API's CORS rules allow.
const ORIGINS = [];
// What the path of a request has before the path of the API.
const PREFIX = "";

function handler(event) {
  const request = event.request;
  // The behaviour is chosen by the normalised path, and the path here is the one that was sent, for example with two
  // slashes ("Path pattern", Distribution settings reference). Without the prefix, the API refuses it with 404.
  if (request.uri.indexOf(PREFIX + "/") === 0) {
    request.uri = request.uri.substring(PREFIX.length);
  }
  // A request that changes something is not cached: leave all of it to the API.
  if (request.method !== "GET" && request.method !== "HEAD") {
    return request;
  }
  // A public route does not read the token, and a route that reads it must not be reached through a cache.
  delete request.headers.authorization;
  const origin = request.headers.origin;
  if (origin && (origin.multiValue || ORIGINS.indexOf(origin.value) < 0)) {
    // The API sends no CORS headers to another origin, as without the header.
    delete request.headers.origin;
  }
  request.querystring = canonical(request.querystring, DEFAULTS[request.uri] || {});
  return request;
}

// Sorted by name, and without the parameters that have their default. A parameter that the route does not know
// is kept: the API refuses it with 400. So are the order of repeated parameters, and the encoding of each.
function canonical(parameters, defaults) {
  const parts = [];
  Object.keys(parameters).sort().forEach(function (name) {
    const parameter = parameters[name];
    const values = parameter.multiValue || [parameter];
    if (values.length === 1 && Object.prototype.hasOwnProperty.call(defaults, name) && defaults[name] === values[0].value) {
      return;
    }
    values.forEach(function (each) {
      parts.push(name + "=" + each.value);
    });
  });
  return parts.join("&");
}
