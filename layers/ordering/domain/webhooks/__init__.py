"""Webhooks: events of a partner's own orders are sent to a URL of the partner.

The format, the headers and the signature are those of Standard Webhooks (standardwebhooks.com, `spec`).
This file imports nothing: most handlers need one module.
"""
