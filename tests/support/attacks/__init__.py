"""Attacks on token verifiers, in one table for the tests in process and over HTTP.

An attacker can make most of them with their own keys, servers and valid tokens; every verifier must refuse
them. The others are tokens that an issuer signs by mistake; a careful verifier refuses them too.
`Attack.gateway` says how the gateway's own authoriser treats an attack.
"""

from collections.abc import Mapping

from tests.support.attacks import (
    claims,
    duplicates,
    key_ids,
    keys_in_token,
    malformed,
    names,
    scopes,
    signatures,
)
from tests.support.attacks.attack import Attack, GatewayTreatment, can_be_sent

__all__ = ["ATTACKS", "FAMILIES", "REPRESENTATIVES", "Attack", "GatewayTreatment", "can_be_sent"]

FAMILIES: Mapping[str, tuple[Attack, ...]] = {
    "no signature": tuple(signatures.without_one()),
    "the public key as a secret": tuple(signatures.with_the_public_key()),
    "another key or algorithm": tuple(signatures.with_other_keys()),
    "key ids": tuple(key_ids.attacks()),
    "keys in the token": tuple(keys_in_token.attacks()),
    "times": tuple(claims.with_bad_times()),
    "subjects": tuple(claims.without_a_subject()),
    "issuers": tuple(names.of_issuers()),
    "audiences": tuple(names.of_audiences()),
    "scopes": tuple(scopes.attacks()),
    "duplicate members": tuple(duplicates.attacks()),
    "damaged tokens": tuple(malformed.damaged()),
    "lenient readers": tuple(malformed.lenient()),
}

ATTACKS = tuple(attack for family in FAMILIES.values() for attack in family)
"""All of them. `tests/handlers/authoriser/test_attacks.py` tries every one in process."""

REPRESENTATIVES = tuple(
    next(attack for attack in family if attack.by_http and attack.gateway is treatment)
    for family in FAMILIES.values()
    for treatment in GatewayTreatment
    if any(attack.by_http and attack.gateway is treatment for attack in family)
)
"""The attacks that the end-to-end tests send: of each family, the first for each treatment by the gateway."""
