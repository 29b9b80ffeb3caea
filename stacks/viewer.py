"""Builds the layer with the page at `/docs`: Swagger UI in one file that loads nothing from other servers.

    .build/viewer/<hash of the inputs>/python/api_viewer/{page.html.gz, policy.txt, ...}

`make setup` installs Swagger UI (`swagger-ui-dist` from npm) into node_modules.
"""

import gzip
import hashlib
import json
import re
import shutil
import tempfile
from base64 import b64encode
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent
_BUILT = _PROJECT / ".build" / "viewer"
_SWAGGER_UI = _PROJECT / "node_modules" / "swagger-ui-dist"

_SCRIPT = "swagger-ui-bundle.js"
_STYLE = "swagger-ui.css"
# Included in the layer, as the Apache licence and the licences of bundled parts require.
_LICENCES = ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt")

# The URL of the description is relative to the page, so it is correct under any name of the API. The online
# validator is off, and so is reading the description's URL from the page's query string.
_START = """
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
"""
_PAGE = """\
<!doctype html>
<!-- Swagger UI {version}, Apache-2.0, https://github.com/swagger-api/swagger-ui -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Orders API</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<div id="swagger-ui"></div>
<script>{script}</script>
</body>
</html>
"""
_POLICY = (
    "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def build() -> Path:
    """Returns the layer's directory, and builds it if its inputs have changed.

    Raises SystemExit with a remedy if Swagger UI is not installed.
    """
    if not (_SWAGGER_UI / _SCRIPT).exists():
        raise SystemExit("The page at /docs needs Swagger UI, which is not in node_modules: run make setup")
    built = _BUILT / _key()
    if not built.exists():
        _BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_BUILT, prefix="half-built-") as scratch:
            half_built = Path(scratch) / "layer"
            _fill(half_built / "python" / "api_viewer")
            try:
                half_built.rename(built)
            except OSError:
                # Another process may have built the same layer in the meantime.
                if not built.exists():
                    raise
    return built


def page() -> tuple[str, str]:
    """Returns the page, and the content security policy (CSP) that allows only the page's own scripts."""
    script = _inline((_SWAGGER_UI / _SCRIPT).read_text() + _START)
    # The source map of the style sheet is not in the layer, so remove the reference to it.
    style = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", (_SWAGGER_UI / _STYLE).read_text())
    version = json.loads((_SWAGGER_UI / "package.json").read_text())["version"]
    return (
        _PAGE.format(version=version, style=style, script=script),
        _POLICY.format(script=_hash(script), style=_hash(style)),
    )


def _key() -> str:
    """Returns a hash of all inputs, including this file."""
    digest = hashlib.sha256()
    for path in (
        Path(__file__),
        *(_SWAGGER_UI / name for name in (_SCRIPT, _STYLE, "package.json", *_LICENCES)),
    ):
        digest.update(path.name.encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _fill(package: Path) -> None:
    html, policy = page()
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""The page at /docs, built by `stacks/viewer.py`."""\n')
    (package / "page.html.gz").write_bytes(gzip.compress(html.encode(), mtime=0))
    (package / "policy.txt").write_text(policy)
    for licence in _LICENCES:
        shutil.copy(_SWAGGER_UI / licence, package)


def _inline(script: str) -> str:
    """Returns a script that is safe to embed in HTML: it contains no `<script`, `</script` or `<!--`.

    In minified code these occur only inside literals, in which the escape sequence stands for the same
    character.
    """
    return re.sub(r"<(?=!--|/?script)", r"\\x3c", script, flags=re.IGNORECASE)


def _hash(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()
