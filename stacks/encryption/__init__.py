"""Encryption with the customer's keys: the keys, the aspect that uses them, and the permissions on them."""
