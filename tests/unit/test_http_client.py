"""Requests to the app's own API end in time, stay at their server, and read a bounded response."""

from collections.abc import Iterator
from threading import Event

import pytest

from ordering import http_client
from ordering.http_client import NoResponse, send
from tests.support.loopback import Canned, Loopback, serving


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as server:
        yield server


def get(url: str, *, seconds: float = 5) -> http_client.ReceivedResponse:
    return send("GET", url, headers={}, seconds=seconds)


@pytest.mark.parametrize("status", [200, 202, 404, 429, 500])
def test_response_of_any_status_is_returned(server: Loopback, status: int) -> None:
    server.responses["/orders"] = Canned({"some": "json"}, status=status)
    response = get(f"{server.url}/orders")
    assert (response.status, response.body) == (status, b'{"some": "json"}')
    assert response.headers["content-length"] == "16"


def test_redirect_is_returned_and_not_followed(server: Loopback) -> None:
    server.responses["/orders"] = Canned(status=302, location=f"{server.url}/elsewhere")
    assert get(f"{server.url}/orders").status == 302
    assert server.asked == ["/orders"]


@pytest.mark.slow
def test_response_that_takes_too_long_is_no_response(server: Loopback) -> None:
    held = Event()
    server.responses["/orders"] = Canned(b"slow", held=held)
    with pytest.raises(NoResponse):
        get(f"{server.url}/orders", seconds=0.2)
    held.set()


def test_response_that_is_too_large_is_no_response(server: Loopback) -> None:
    server.responses["/orders"] = Canned(b"x" * (http_client._MAX_BYTES + 1))
    with pytest.raises(NoResponse, match="larger than"):
        get(f"{server.url}/orders")


def test_server_that_does_not_listen_is_no_response() -> None:
    with serving() as closed:
        url = closed.url
    with pytest.raises(NoResponse):
        get(url)


def test_url_without_encryption_is_refused() -> None:
    with pytest.raises(NoResponse, match="not an https URL"):
        get("http://api.example.com/orders")


def test_proxy_of_the_environment_is_ignored(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.responses["/orders"] = Canned(b"direct")
    assert get(f"{server.url}/orders").body == b"direct"
