"""Webhooks that are sent: the secret's key, the look-up of the receiver's addresses, and the request."""
