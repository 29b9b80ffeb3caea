"""Webhooks: partners are told of their own orders' events at a URL of theirs.

The format, the headers and the signature are those of Standard Webhooks (standardwebhooks.com, `spec`).
This file imports nothing: most handlers need one module.
"""
