"""Verification of access tokens: the issuers, their keys, the signature, the header and the claims.

`keys` and `verification` need PyJWT and cryptography, which are in the Lambda authoriser's own layer: no
other function imports them. `compact` and `rules` need neither.
"""
