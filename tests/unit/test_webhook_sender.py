"""A webhook reaches the address that was checked, in a bounded time, and nothing else."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from ordering.webhooks import sender
from ordering.webhooks.sender import WebhookNotSent, post
from tests.support.webhook_receiver import HOST, Receiver, certificate_for, receiving, resolves_to

NAME = "hooks.example.com"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for(NAME, tmp_path_factory.mktemp("certificates"))


def code_of(url: str, receiver: Receiver | None = None, *, seconds: float = 5, **others: object) -> str:
    listed = [receiver.authority] if receiver else []
    with pytest.raises(WebhookNotSent) as raised:
        post(url, b"{}", {}, listed=listed, seconds=seconds, **others)  # type: ignore[arg-type]
    return raised.value.code


def test_body_and_headers_arrive_as_they_were_signed(receiver: Receiver) -> None:
    body = '{"name": "Tasse, weiß"}'.encode()
    response = post(receiver.url, body, {"webhook-id": "abc"}, listed=[receiver.authority])
    assert response.status == 204
    (delivered,) = receiver.delivered
    assert (delivered.path, delivered.body) == ("/webhooks", body)
    assert delivered.headers["webhook-id"] == "abc"
    assert delivered.headers["host"] == receiver.authority


@pytest.mark.parametrize("status", [200, 302, 400, 410, 429, 500])
def test_any_status_is_returned_and_nothing_is_retried(receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    assert post(receiver.url, b"{}", {}, listed=[receiver.authority]).status == status
    assert len(receiver.delivered) == 1


def test_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.statuses, receiver.location = [307], f"{receiver.url}/elsewhere"
    assert post(receiver.url, b"{}", {}, listed=[receiver.authority]).status == 307
    assert [each.path for each in receiver.delivered] == ["/webhooks"]


def test_nothing_is_sent_to_the_laptop_unless_it_is_on_the_list(receiver: Receiver) -> None:
    assert code_of(receiver.url) == "URL_REFUSED"
    assert receiver.delivered == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.1.2.3"],
        ["::1"],
        ["::ffff:10.1.2.3"],
        ["8.8.8.8", "192.168.0.1"],
        ["2606:4700::1111", "fd00::1"],
    ],
)
def test_name_with_any_address_that_is_not_public_is_refused(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may have several addresses: a public one does not excuse the others."""
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: pytest.fail("it connected"))
    assert code_of(f"https://{NAME}/", resolving=resolves_to(*addresses)) == "ADDRESS_REFUSED"


def test_name_is_looked_up_once_and_the_connection_is_made_to_that_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second look-up could return another address (DNS rebinding)."""
    lookups, connected = [], []

    def resolving(host: str, port: int) -> list[str]:
        lookups.append(host)
        return ["93.184.215.14"]

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    assert code_of(f"https://{NAME}/", resolving=resolving) == "NO_CONNECTION"
    assert (lookups, connected) == ([NAME], [("93.184.215.14", 443)])


def test_next_address_is_tried_if_one_does_not_accept_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    assert code_of(f"https://{NAME}/", resolving=resolves_to("8.8.8.8", "1.1.1.1")) == "NO_CONNECTION"
    assert tried == ["8.8.8.8", "1.1.1.1"]


def test_certificate_is_verified_against_the_name_although_the_address_is_used(certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    with receiving(certificate) as receiver:
        listed = [f"{NAME}:{receiver.port}"]
        url = f"https://{NAME}:{receiver.port}/webhooks"
        response = post(url, b"{}", {}, listed=listed, resolving=resolves_to(HOST), context=trusting)
        assert response.status == 204
        assert receiver.delivered[0].headers["host"] == listed[0]


def test_certificate_of_another_name_is_refused(certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    with receiving(certificate) as receiver:
        listed, url = [f"other.example.com:{receiver.port}"], f"https://other.example.com:{receiver.port}/"
        with pytest.raises(WebhookNotSent, match="NO_TLS"):
            post(url, b"{}", {}, listed=listed, resolving=resolves_to(HOST), context=trusting)
        assert receiver.delivered == []


def test_certificate_of_an_unknown_authority_is_refused(certificate: Path) -> None:
    with receiving(certificate) as receiver:
        listed, url = [f"{NAME}:{receiver.port}"], f"https://{NAME}:{receiver.port}/"
        with pytest.raises(WebhookNotSent, match="NO_TLS"):
            post(url, b"{}", {}, listed=listed, resolving=resolves_to(HOST))
        assert receiver.delivered == []


@pytest.mark.slow
def test_receiver_that_sends_one_byte_at_a_time_is_cut_off_at_the_deadline(receiver: Receiver) -> None:
    receiver.drip = Event()
    assert code_of(receiver.url, receiver, seconds=0.3) == "TIMED_OUT"
    receiver.drip.set()


@pytest.mark.slow
def test_receiver_that_does_not_respond_is_cut_off_at_the_deadline() -> None:
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(WebhookNotSent, match="TIMED_OUT"):
            post(f"http://{HOST}:{port}/", b"{}", {}, listed=[f"{HOST}:{port}"], seconds=0.2)


def test_receiver_that_closes_the_connection_gives_no_response() -> None:
    with receiving() as closed:
        url, listed = closed.url, [closed.authority]
    with pytest.raises(WebhookNotSent, match="NO_CONNECTION"):
        post(url, b"{}", {}, listed=listed)


@pytest.mark.parametrize("error", [socket.gaierror("no such host"), TimeoutError(), UnicodeError()])
def test_name_that_cannot_be_looked_up_is_not_resolved(error: Exception) -> None:
    def fails(host: str, port: int) -> list[str]:
        raise error

    assert code_of(f"https://{NAME}/", resolving=fails) == "NOT_RESOLVED"


def test_name_without_an_address_is_not_resolved() -> None:
    assert code_of(f"https://{NAME}/", resolving=resolves_to()) == "NOT_RESOLVED"


def test_own_look_up_returns_each_address_once_with_ipv4_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2606:4700::1111", 443, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)
    assert sender.resolve(NAME, 443) == ["8.8.8.8", "2606:4700::1111"]


def test_long_response_is_read_only_in_part(receiver: Receiver) -> None:
    receiver.statuses, receiver.body = [200], b"x" * 5_000_000
    assert post(receiver.url, b"{}", {}, listed=[receiver.authority]).status == 200
