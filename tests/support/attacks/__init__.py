"""Attacks on whoever verifies tokens: the table, whatever carries a token to its target.

Most are what an attacker can make with keys, servers and good tokens of their own: whoever verifies tokens
must refuse every one. The others are what an issuer signs by mistake, and a good verifier refuses those too;
`gateway` says what the gateway's own authoriser makes of them.
"""

from itertools import chain

from tests.support.attacks import brought_keys, claims, doubles, form, key_names, names, scopes, signatures
from tests.support.attacks.attack import Attack, Gateway, can_be_sent

__all__ = ["ATTACKS", "Attack", "Gateway", "can_be_sent"]

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
