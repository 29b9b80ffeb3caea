"""The class of attacks, and functions that create common ones."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tests.support.forge import Signer, Target

Forge = Callable[[Target], str]
Of = Callable[[Target], Any]


class GatewayTreatment(Enum):
    """How the gateway's authoriser (`HttpJwtAuthorizer`) treats an attack, as seen on the local engine."""

    REFUSES = "returns 401, or 403 for a scope"
    PASSES_ON = "accepts it; the check in the handlers (`ordering.tokens.rules`) must refuse it"
    ADMITS = "accepts it, and the handlers cannot detect it"
    BREAKS = "the local engine returns 500; nothing is accepted"


@dataclass(frozen=True)
class Attack:
    """One token that must be refused; `forge` makes it for a target.

    `why` is the reason if the gateway's own authoriser does not refuse it. `by_http` is False if an HTTP
    client cannot send it as a header: it can only be passed to the authoriser directly.
    """

    name: str
    forge: Forge
    gateway: GatewayTreatment = GatewayTreatment.REFUSES
    why: str = ""
    by_http: bool = True

    def __str__(self) -> str:
        return self.name


def can_be_sent(token: str) -> bool:
    """Returns whether an HTTP/1.1 client can send it as a header, and it is not too long for a gateway."""
    return token.isascii() and token.isprintable() and len(token) < 9_000


def signed(**claims: Any) -> Forge:
    """The issuer signs a good token with these claims changed."""
    return lambda target: target.signed(**claims)


def signed_with(claim: str, value: Of) -> Forge:
    """The issuer signs this claim, whose value depends on the target."""
    return lambda target: target.signed(**{claim: value(target)})


def signed_octets(octets: bytes) -> Forge:
    """The issuer signs these octets as claims."""
    return lambda target: target.signed_octets(octets)


def signed_header(**header: Any) -> Forge:
    """The issuer signs good claims under this header."""
    return lambda target: target.signed(target.header(**header))


def forged(sign: Signer | None = None, **header: Any) -> Forge:
    """The attacker signs good claims under this header, with their own RSA key by default."""
    return lambda target: target.forged(sign, **header)


def spelt(value: Any) -> str:
    """Returns a value as part of an attack's name; `...` stands for a missing member."""
    return "absent" if value is ... else repr(value)[:50]
