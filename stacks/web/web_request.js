// Runs in CloudFront before the cache is asked, for the files of the web application and for the paths of the API
// that are not cached ("Viewer request", CloudFront Functions, cloudfront-js-2.0).
//
// `stacks/web/web_request.py` fills in the constant.

// What comes before the paths of the API.
const PREFIX = "";

function handler(event) {
  const request = event.request;
  if (request.uri.indexOf(PREFIX + "/") === 0) {
    request.uri = request.uri.substring(PREFIX.length);
  } else if (!isFile(decoded(request.uri))) {
    // The application itself shows the page of the path, or "Page not found".
    request.uri = "/index.html";
  }
  return request;
}

// Paths below /assets/, and names with a dot at the root. A SKU may contain dots, so the path of a product may look
// like a file. A file that does not exist is 404, not index.html, which the browser would parse as a script.
function isFile(path) {
  return path.indexOf("/assets/") === 0 || (path.indexOf(".") > 0 && path.lastIndexOf("/") === 0);
}

function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    return path;
  }
}
