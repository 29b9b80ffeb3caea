"""Sends one webhook to a URL that a partner has chosen: see `domain.webhooks.addresses`.

The standard library's client connects to a name, and so looks it up a second time: between the check and the
connection, the name could get another address (DNS rebinding). This one looks the name up once, checks all of
its addresses, and connects to one of these. The certificate is verified against the name, as always.
"""

import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from functools import cache
from http.client import HTTPConnection, HTTPException
from threading import Timer
from typing import NamedTuple

from ordering.domain.webhooks.addresses import BadUrl, WebhookTarget, check_url, is_public

# For the connection, the request and the response together, after the look-up. Standard Webhooks suggests 15
# to 30 seconds.
SECONDS = 15
# A receiver's response is only read so that its end is known. Its content is neither used nor logged.
_MAX_RESPONSE_BYTES = 64 * 1024
_CHUNK_BYTES = 16 * 1024


class WebhookNotSent(Exception):
    """No complete response came. The receiver may have got the request, unless the code excludes it.

    `code` is the cause, as the delivery log shows it: URL_REFUSED, NOT_RESOLVED, ADDRESS_REFUSED,
    NO_CONNECTION, NO_TLS, TIMED_OUT or NO_RESPONSE. It never contains what the receiver has sent.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WebhookResponse(NamedTuple):
    """The status of a response, and how long it took."""

    status: int
    milliseconds: int


Resolve = Callable[[str, int], Collection[str]]
"""Returns the addresses of a host. Raises OSError."""


def resolve(host: str, port: int) -> Collection[str]:
    """Return the addresses of a host, IPv4 first: a Lambda function has no IPv6 outside of a VPC."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found)
    return [address for _, address in sorted(addresses, key=lambda each: each[0] != socket.AF_INET)]


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    listed: Collection[str] = (),
    seconds: float = SECONDS,
    resolving: Resolve = resolve,
    context: ssl.SSLContext | None = None,
) -> WebhookResponse:
    """Send one POST, and return the status of its response. Raises WebhookNotSent. Nothing is retried.

    A redirect is returned like any other status: it is not followed.
    """
    try:
        target = check_url(url, listed=listed)
    except BadUrl:
        raise WebhookNotSent("URL_REFUSED") from None
    addresses = _addresses(target, resolving)
    began = time.monotonic()
    connection = _Connection(target, addresses, began + seconds, context or _context())
    try:
        status = connection.post(body, headers)
    except TimeoutError:
        raise WebhookNotSent("TIMED_OUT") from None
    except (OSError, HTTPException, ValueError):
        raise WebhookNotSent("TIMED_OUT" if connection.is_late else connection.failure) from None
    finally:
        connection.close()
    if connection.is_late:
        raise WebhookNotSent("TIMED_OUT")
    return WebhookResponse(status, round(1000 * (time.monotonic() - began)))


def _addresses(target: WebhookTarget, resolving: Resolve) -> Collection[str]:
    """Return the addresses to connect to. One address that is not public refuses them all."""
    try:
        # A name that no DNS name can be encoded from raises UnicodeError.
        addresses = resolving(target.host, target.port)
    except (OSError, UnicodeError):
        raise WebhookNotSent("NOT_RESOLVED") from None
    if not addresses:
        raise WebhookNotSent("NOT_RESOLVED")
    if not target.is_listed and not all(map(is_public, addresses)):
        raise WebhookNotSent("ADDRESS_REFUSED")
    return addresses


@cache
def _context() -> ssl.SSLContext:
    """Returns the rules for TLS: the certificate and the name are verified, by the system's authorities."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Connection:
    """One request and its response, all of it before a deadline.

    A socket's time-out applies to each packet, so a receiver that sends one byte at a time could hold the
    function for as long as it likes. A timer shuts the connection at the deadline.
    """

    def __init__(
        self, target: WebhookTarget, addresses: Collection[str], deadline: float, context: ssl.SSLContext
    ) -> None:
        self._target = target
        self._addresses = addresses
        self._deadline = deadline
        self._context = context
        self._http: HTTPConnection | None = None
        self.failure = "NO_CONNECTION"
        """The code of a failure that happens now."""

    @property
    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self._deadline

    def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Send the request; returns the status. Raises OSError or HTTPException."""
        connected = self._connect()
        timer = Timer(max(0.0, self._deadline - time.monotonic()), _shut, [connected])
        timer.daemon = True
        timer.start()
        try:
            if self._target.is_encrypted:
                self.failure = "NO_TLS"
                connected = self._context.wrap_socket(connected, server_hostname=self._target.host)
            self.failure = "NO_RESPONSE"
            http = self._http = HTTPConnection(self._target.host, self._target.port)
            http.sock = connected
            http.request("POST", self._target.path, body=body, headers=dict(headers))
            response = http.getresponse()
            read = 0
            while read < _MAX_RESPONSE_BYTES and (chunk := response.read1(_CHUNK_BYTES)):
                read += len(chunk)
            return response.status
        finally:
            timer.cancel()
            if self._http is None:
                connected.close()

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._http is not None:
            self._http.close()

    def _connect(self) -> socket.socket:
        """Return a connection to the first of the addresses that accepts one."""
        failure: OSError = OSError("no address")
        for address in self._addresses:
            if self.is_late:
                raise TimeoutError
            try:
                return socket.create_connection(
                    (address, self._target.port), timeout=self._deadline - time.monotonic()
                )
            except OSError as error:
                failure = error
        raise failure


def _shut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The receiver has closed it before.
        return
