"""Attacks on whoever verifies tokens: the table, whatever carries a token to its target.

Every one of them must be refused. Most are what an attacker can make with keys, servers and good tokens of
their own. The others are what an issuer signs by mistake: a verifier that knows its rules refuses those too,
and where the gateway's own authoriser is known to let one pass, `past_gateway` says why.
"""

from itertools import chain

from tests.support.attacks import brought_keys, claims, doubles, form, key_names, names, scopes, signatures
from tests.support.attacks.attack import Attack, can_be_sent

__all__ = ["ATTACKS", "Attack", "can_be_sent"]

ATTACKS: tuple[Attack, ...] = tuple(
    chain(
        signatures.without_one(),
        signatures.with_other_keys(),
        key_names.attacks(),
        brought_keys.attacks(),
        claims.attacks(),
        names.attacks(),
        scopes.attacks(),
        doubles.attacks(),
        form.damaged(),
        form.lenient(),
    )
)
