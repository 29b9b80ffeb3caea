"""Tokens: who may have signed one, with what, and what a good one says.

Only the Lambda authoriser imports this: its libraries (PyJWT, cryptography) are in a layer of its own.
"""
