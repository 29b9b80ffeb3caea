"""The examples of the API guide run against the real handlers."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import msgspec
import pytest

import orders_client
from ordering.http.problems import ProblemBody, ProblemType
from ordering.http.routes import ROUTES
from tests.client.shop import Shop
from tests.client.test_contract import NOT_CALLED
from tests.support.gateway import token

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "api-guide.md").read_text()
README = (ROOT / "clients" / "python" / "README.md").read_text()
EVERY_ROUTE = {route.key for route in ROUTES if route.handler not in NOT_CALLED}
TOOLS = ("bash", "curl", "jq")

# A `make token SUB=alice SCOPE="orders:read"` whose tokens the shop of these tests understands.
_MAKE = """#!/usr/bin/env bash
for each in "$@"; do case "$each" in SUB=*|SCOPE=*) declare "$each";; esac; done
printf '%s/%s' "$SUB" "$SCOPE" | base64 | tr -d '\\n' | tr '+/' '-_'
"""


def blocks(language: str, text: str = GUIDE) -> list[str]:
    """The code blocks of a text in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def key_of(request: httpx.Request) -> str:
    """The route that a request is for: `GET /orders/{orderId}`."""
    for route in ROUTES:
        if request.method in route.methods and re.fullmatch(
            re.sub(r"{\w+}", "[^/]+", route.path), request.url.path
        ):
            return route.key
    return "no route"


@contextmanager
def served(shop: Shop) -> Iterator[tuple[str, list[str]]]:
    """Serve the shop on 127.0.0.1; yields its URL and a list of its responses (`GET /orders 200`)."""
    handled: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", "0")))
            url = f"http://127.0.0.1{self.path}"
            request = httpx.Request(self.command, url, headers=list(self.headers.items()), content=content)
            response = shop.handle(request)
            handled.append(f"{key_of(request)} {response.status_code}")
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _respond

        def log_message(self, *args: Any) -> None:
            """Log nothing: the responses are in `handled`."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", handled
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.slow
@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
def test_the_shell_examples_of_the_guide_work(shop: Shop, tmp_path: Path) -> None:
    make = tmp_path / "bin" / "make"
    make.parent.mkdir()
    make.write_text(_MAKE)
    make.chmod(0o755)
    (tmp_path / ".local").mkdir()
    path = f"{make.parent}{os.pathsep}{os.environ['PATH']}"
    with served(shop) as (url, handled):
        (tmp_path / ".local" / "outputs.json").write_text(json.dumps({"ApiUrl": url}))
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(blocks("sh"))],
            cwd=tmp_path,
            env={"PATH": path, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {"bin", ".local"}
    assert {line.rpartition(" ")[0] for line in handled} == EVERY_ROUTE
    refused = [line for line in handled if int(line.split()[-1]) >= 400]
    assert refused == []
    assert "GET /products/{sku} 304" in handled
    assert re.search("idempotency-replayed: true", ran.stdout, re.IGNORECASE)


@pytest.mark.slow
def test_the_python_examples_of_the_guide_work(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("TOKEN", token())
    monkeypatch.setenv("OPERATOR_TOKEN", token("operator"))
    with served(shop) as (url, handled):
        monkeypatch.setenv("ApiUrl", url)
        exec(compile("\n".join(blocks("python")), "docs/api-guide.md", "exec"), {})  # noqa: S102 - our own
    printed = capsys.readouterr().out
    assert {line.rpartition(" ")[0] for line in handled} == EVERY_ROUTE
    for said in ("True True", "FULFILLED", "CANCELLED", "lines[0].sku", "304 The MUG-RED"):
        assert said in printed


def test_every_curl_uses_the_variables_of_url_and_token() -> None:
    for call in re.findall(r"curl(?:\\\n|[^\n|])+", "\n".join(blocks("sh"))):
        assert "$ApiUrl/" in call
        assert "Bearer" not in call or "Bearer $TOKEN" in call


def test_the_problem_in_the_guide_is_one_of_the_apis() -> None:
    (shown,) = blocks("json")
    problem = msgspec.json.decode(shown, type=ProblemBody)
    kind = next(each for each in ProblemType if each.uri == problem.type)
    assert (problem.status, problem.title) == (kind.status, kind.title)


def test_the_table_of_errors_lists_exactly_the_problems_of_the_api() -> None:
    rows = re.findall(r"^\| (\d+) \| (`[a-z`, -]+`) \| .* \| `(\w+)` \|$", GUIDE, re.MULTILINE)
    listed = {
        (int(status), slug, name) for status, slugs, name in rows for slug in slugs.strip("`").split("`, `")
    }
    assert {(status, slug) for status, slug, _ in listed} == {
        (each.status, each.slug) for each in ProblemType
    }
    assert all(issubclass(getattr(orders_client, name), orders_client.ProblemError) for *_, name in listed)


def test_the_clients_readme_names_every_method_and_every_error() -> None:
    methods = {route.handler for route in ROUTES} - NOT_CALLED | {"wait_for_order"}
    errors = {
        name
        for name in orders_client.__all__
        if isinstance(getattr(orders_client, name), type)
        and issubclass(getattr(orders_client, name), Exception)
    }
    assert methods | errors <= set(re.findall(r"\w+", README))
