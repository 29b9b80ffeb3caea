"""Tokens: who may have signed one, with what, and what a good one says.

`keys` and `verification` need PyJWT and cryptography, which are in the Lambda authoriser's own layer: no
other function imports them. `compact` and `rules` need neither.
"""
