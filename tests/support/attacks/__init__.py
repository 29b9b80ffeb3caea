"""Attacks on verifiers of tokens, as one table that serves every way to send a token.

Most are what an attacker can make with their own keys, servers and good tokens: every verifier must refuse
all of them. The others are what an issuer signs by mistake; a good verifier refuses those too. `gateway` says
how the gateway's own authoriser treats them.
"""

from collections.abc import Mapping

from tests.support.attacks import brought_keys, claims, doubles, form, key_names, names, scopes, signatures
from tests.support.attacks.attack import Attack, GatewayTreatment, can_be_sent

__all__ = ["ATTACKS", "FAMILIES", "REPRESENTATIVES", "Attack", "GatewayTreatment", "can_be_sent"]

FAMILIES: Mapping[str, tuple[Attack, ...]] = {
    "no signature": tuple(signatures.without_one()),
    "the public key as a secret": tuple(signatures.with_the_public_key()),
    "another key or algorithm": tuple(signatures.with_other_keys()),
    "key ids": tuple(key_names.attacks()),
    "keys in the token": tuple(brought_keys.attacks()),
    "times": tuple(claims.untimely()),
    "subjects": tuple(claims.without_a_subject()),
    "issuers": tuple(names.of_issuers()),
    "audiences": tuple(names.of_audiences()),
    "scopes": tuple(scopes.attacks()),
    "duplicate members": tuple(doubles.attacks()),
    "damaged tokens": tuple(form.damaged()),
    "lenient readers": tuple(form.lenient()),
}

ATTACKS = tuple(attack for family in FAMILIES.values() for attack in family)
"""All of them. `tests/handlers/authoriser/test_attacks.py` tries every one in process."""

REPRESENTATIVES = tuple(
    next(attack for attack in family if attack.by_http and attack.gateway is treatment)
    for family in FAMILIES.values()
    for treatment in GatewayTreatment
    if any(attack.by_http and attack.gateway is treatment for attack in family)
)
"""What the end-to-end tests send over HTTP: from each family, the first that the gateway treats in each way.
"""
