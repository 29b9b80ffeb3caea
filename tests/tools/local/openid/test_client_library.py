"""The local issuer with a client library that is not ours: openid-client for Node.js, over HTTP."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from werkzeug.serving import make_server

from local.issuer import IssuerRequestHandler
from local.openid.app import OpenIdProvider
from local.openid.clients import registered
from local.openid.issued import Signer
from tests.tools.local.openid.browser import KEY, REDIRECT_URI

_SCRIPT = Path(__file__).with_name("client.mjs")


@contextmanager
def issuer() -> Iterator[str]:
    """The URL of an issuer in this process."""
    served: list[OpenIdProvider] = []
    server = make_server(
        "127.0.0.1", 0, lambda *call: served[0](*call), threaded=True, request_handler=IssuerRequestHandler
    )
    url = f"http://127.0.0.1:{server.port}"
    served.append(OpenIdProvider(Signer(url, KEY), lambda: registered(5173, lambda: None)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.slow
def test_a_certified_client_signs_in_refreshes_and_signs_out() -> None:
    with (
        issuer() as url,
        httpx.Client(trust_env=False) as browser,
        subprocess.Popen(
            ["node", str(_SCRIPT), url, "web", REDIRECT_URI, "openid email orders:read"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as client,
    ):
        assert client.stdin
        assert client.stdout
        page = json.loads(client.stdout.readline())
        assert browser.get(page).status_code == 200
        landed = browser.post(page, data={"person": "alice"}, headers={"Origin": url})
        client.stdin.write(json.dumps(landed.headers["Location"]) + "\n")
        client.stdin.flush()
        found = json.loads(client.stdout.readline())
        bye = browser.get(found["end"])

    assert client.returncode == 0
    assert found["claims"]["sub"] == found["person"]["sub"] == "alice"
    assert found["person"]["email"] == "alice@example.com"
    assert found["next"] is True
    assert found["refusal"] == "invalid_grant"
    for token in (found["access_token"], found["refreshed"]):
        claims = jwt.decode(token, KEY.public_key(), ["RS256"], audience="orders-api", issuer=url)
        assert claims["scope"] == "openid email orders:read"
    assert bye.status_code == 303
    assert urlsplit(bye.headers["Location"])._replace(query="").geturl() == REDIRECT_URI
