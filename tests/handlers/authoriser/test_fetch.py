"""Fetching documents of an issuer: allowed URLs, limits of size and time."""

from threading import Event
from typing import Any

import msgspec
import pytest

from ordering.tokens.fetch import MAX_BYTES, Unfetched, fetch
from ordering.tokens.issuers import Issuer
from ordering.tokens.keys import MAX_KEYS, KeysUnavailable, load_published
from tests.handlers.authoriser.gate import published, trusted
from tests.support.forge import Target
from tests.support.loopback import Canned, Loopback

DISCOVERY = "/.well-known/openid-configuration"
KEY_SET = "/.well-known/jwks.json"


def configured(server: Loopback, **changes: Any) -> Issuer:
    return msgspec.convert(trusted(server, **changes), Issuer)


def test_json_document_is_fetched(server: Loopback) -> None:
    server.responses["/a"] = Canned({"a": 1})
    assert fetch(f"{server.url}/a", dict[str, int]) == {"a": 1}


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example.com/a",
        "http://localhost:{port}/a",
        "http://127.0.0.1.attacker.example/a",
        "http://127.0.0.1:{port}@attacker.example/a",
        "http://user@127.0.0.1:{port}/a",
        "http://127.1:{port}/a",
        "http://0:{port}/a",
        "http://[::1]:{port}/a",
        "http://169.254.169.254/latest/meta-data/",
        "HTTP://[127.0.0.1]/a",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a",
        "data:application/json,{{}}",
        "//127.0.0.1:{port}/a",
        "127.0.0.1:{port}/a",
        "https://",
        "https:///a",
        "https://user:word@issuer.example.com/a",
        "https://issuer.example.com:port/a",
        "https://issüer.example.com/a",
        "",
    ],
)
def test_only_https_and_loopback_urls_are_fetched(url: str, server: Loopback) -> None:
    server.responses["/a"] = Canned({})
    with pytest.raises(Unfetched, match="not an https URL"):
        fetch(url.format(port=server.url.rpartition(":")[2]), dict[str, int])
    assert server.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(status: int, server: Loopback, other: Loopback) -> None:
    server.responses["/a"] = Canned(status=status, location=f"{other.url}/a")
    other.responses["/a"] = Canned({})
    with pytest.raises(Unfetched, match=f"returned status {status}"):
        fetch(f"{server.url}/a", dict[str, int])
    assert other.asked == []


def test_proxy_of_the_environment_is_not_used(
    server: Loopback, other: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, other.url)
    server.responses["/a"] = Canned({"a": 1})
    assert fetch(f"{server.url}/a", dict[str, int]) == {"a": 1}
    assert other.asked == []


@pytest.mark.parametrize("status", [204, 400, 404, 429, 500, 503])
def test_unsuccessful_response_is_an_error(status: int, server: Loopback) -> None:
    server.responses["/a"] = Canned(status=status)
    with pytest.raises(Unfetched):
        fetch(f"{server.url}/a", dict[str, int])


def test_refused_connection_is_an_error(server: Loopback) -> None:
    with pytest.raises(Unfetched):
        fetch("http://127.0.0.1:1/a", dict[str, int])


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b"<html>", b'{"a": "1"}', b"\xff", b"[" * 5_000, b'{"a": ' + b"[" * 50_000],
    ids=lambda body: repr(body[:10]),
)
def test_response_body_of_another_shape_is_an_error(body: bytes, server: Loopback) -> None:
    server.responses["/a"] = Canned(body)
    with pytest.raises(Unfetched):
        fetch(f"{server.url}/a", dict[str, int])


def test_response_body_above_the_size_limit_is_an_error(server: Loopback) -> None:
    server.responses["/a"] = Canned(b" " * (MAX_BYTES + 1))
    with pytest.raises(Unfetched, match="larger than"):
        fetch(f"{server.url}/a", dict[str, int])


def test_silent_server_times_out(server: Loopback) -> None:
    held = Event()
    server.responses["/a"] = Canned({"a": 1}, held=held)
    with pytest.raises(Unfetched, match="timed out"):
        fetch(f"{server.url}/a", dict[str, int], seconds=0.05)
    held.set()


def test_slow_server_is_stopped_by_the_total_time_limit(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No packet takes too long, but the whole response does."""
    server.responses["/a"] = Canned({"a": 1})
    ticks = iter(range(0, 1_000, 10))
    monkeypatch.setattr("ordering.tokens.fetch.time.monotonic", lambda: next(ticks))
    with pytest.raises(Unfetched, match="took longer"):
        fetch(f"{server.url}/a", dict[str, int], seconds=5)


def test_discovery_document_of_another_issuer_is_refused(server: Loopback, issuer: Target) -> None:
    server.publish(published(issuer), issuer="https://issuer.example.com")
    with pytest.raises(KeysUnavailable, match="another issuer"):
        load_published(configured(server))
    assert server.asked == [DISCOVERY]


def test_discovery_document_whose_issuer_differs_by_a_slash_is_refused(
    server: Loopback, issuer: Target
) -> None:
    server.publish(published(issuer), issuer=f"{server.url}/")
    with pytest.raises(KeysUnavailable, match="another issuer"):
        load_published(configured(server))


@pytest.mark.parametrize(
    "uri", ["http://attacker.example/jwks.json", "file:///etc/passwd", "/.well-known/jwks.json", ""]
)
def test_discovery_document_may_only_link_to_an_https_url(uri: str, server: Loopback) -> None:
    server.responses[DISCOVERY] = Canned({"issuer": server.url, "jwks_uri": uri})
    with pytest.raises(KeysUnavailable, match="not an https URL"):
        load_published(configured(server))


def test_https_issuer_may_not_link_to_a_key_set_over_http(
    server: Loopback, issuer: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.publish(published(issuer))
    document = {"issuer": "https://issuer.example.com", "jwks_uri": server.url + KEY_SET}
    monkeypatch.setattr("ordering.tokens.keys.fetch", lambda url, shape: msgspec.convert(document, shape))
    with pytest.raises(KeysUnavailable, match="`jwks_uri` is not https"):
        load_published(configured(server, issuer="https://issuer.example.com"))
    assert server.asked == []


@pytest.mark.parametrize(
    "document", [{}, {"issuer": 1}, {"jwks_uri": "https://issuer.example.com"}, []], ids=str
)
def test_malformed_discovery_document_is_an_error(document: Any, server: Loopback) -> None:
    server.responses[DISCOVERY] = Canned(document)
    with pytest.raises(KeysUnavailable):
        load_published(configured(server))


@pytest.mark.parametrize(
    "document", [{}, {"keys": []}, {"keys": {}}, {"keys": [1]}, {"keys": [{}]}, {"keys": None}], ids=str
)
def test_malformed_key_set_is_an_error(document: Any, server: Loopback, issuer: Target) -> None:
    server.publish(published(issuer))
    server.responses[KEY_SET] = Canned(document)
    with pytest.raises(KeysUnavailable):
        load_published(configured(server))


def test_keys_beyond_the_limit_of_a_key_set_are_ignored(server: Loopback, issuer: Target) -> None:
    server.publish(*[{"kty": "EC", "kid": str(number)} for number in range(MAX_KEYS)], published(issuer))
    with pytest.raises(KeysUnavailable, match="no usable key"):
        load_published(configured(server))
