"""A partner's receiver of webhooks on 127.0.0.1, over HTTP or TLS. It records all requests."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Delivered:
    """One request as the receiver has got it. The names of its headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """The receiver: its port, its responses, and the requests that it got."""

    port: int
    statuses: list[int] = field(default_factory=list)
    """The statuses of the next responses; then 204."""
    location: str | None = None
    body: bytes = b""
    delivered: list[Delivered] = field(default_factory=list)
    drip: Event | None = None
    """If set, the response is sent one byte at a time, without an end, until the event is set."""

    @property
    def authority(self) -> str:
        """The host and the port, as a list of local receivers names them."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """Its URL over HTTP."""
        return f"http://{self.authority}/webhooks"


@contextmanager
def receiving(certificate: Path | None = None, *, port: int = 0) -> Iterator[Receiver]:
    """Yields a running receiver. With a certificate (PEM, with its key), it uses TLS. Port 0: any port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.delivered.append(Delivered(self.path, headers, body))
            if receiver.drip:
                self._drip(receiver.drip)
                return
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            self._write(receiver.body)

        do_GET = do_POST

        def _drip(self, end: Event) -> None:
            sent = self._write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while sent and not end.wait(0.02):
                sent = self._write(b"x")

        def _write(self, octets: bytes) -> bool:
            """Returns whether the client has not closed the connection."""
            try:
                self.wfile.write(octets)
            except OSError:
                return False
            return True

        def log_message(self, *args: Any) -> None:
            """Log nothing: the requests are in `delivered`."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            """Ignore a client that does not trust the certificate."""

    with Server((HOST, port), Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        receiver = Receiver(server.server_port)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def certificate_for(name: str, folder: Path) -> Path:
    """Returns a file with a certificate for a DNS name, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


Addresses = Callable[[str, int], list[str]]


def resolves_to(*addresses: str) -> Addresses:
    """Returns a DNS look-up that resolves every name to these addresses."""
    return lambda host, port: list(addresses)
