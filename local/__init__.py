"""The local run: a loopback engine and token issuer, the real CDK app deployed to them, sample data.

`.venv/bin/orders-local --help` is its command line; the Makefile calls it.
"""
