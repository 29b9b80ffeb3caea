"""What an attack is, and the usual ways to make one."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tests.support.forge import Signer, Target

Forge = Callable[[Target], str]
Of = Callable[[Target], Any]


class GatewayTreatment(Enum):
    """What the gateway's own authoriser (`HttpJwtAuthorizer`) does. Found by asking the local engine's."""

    REFUSES = "answers 401, or 403 for a scope"
    PASSES_ON = "lets it pass, though `ordering.tokens.rules` refuses it: the handlers' own reading must"
    ADMITS = "lets it pass, and nobody behind it can tell"
    BREAKS = "the local engine answers 500; nothing passes"


@dataclass(frozen=True)
class Attack:
    """One token that must be refused; `forge` makes it for a target.

    `why` says why the gateway's own authoriser does not refuse it, where it does not. `by_http` is False for
    what no client of HTTP takes for a header: it can only be handed to the authoriser directly.
    """

    name: str
    forge: Forge
    gateway: GatewayTreatment = GatewayTreatment.REFUSES
    why: str = ""
    by_http: bool = True

    def __str__(self) -> str:
        return self.name


def can_be_sent(token: str) -> bool:
    """Whether a client of HTTP/1.1 takes it for a header, and a gateway for one that is not too long."""
    return token.isascii() and token.isprintable() and len(token) < 9_000


def signed(**claims: Any) -> Forge:
    """The issuer signs these claims, among good ones."""
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
    """The attacker signs good claims under this header, with their own RSA key if nothing is said."""
    return lambda target: target.forged(sign, **header)


def spelt(value: Any) -> str:
    """A value as a name of a case has it; `...` is one that is left out."""
    return "absent" if value is ... else repr(value)[:50]
