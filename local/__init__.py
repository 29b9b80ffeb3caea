"""The local run: a loopback engine and token issuer, the real CDK app deployed to them, sample data.

`orders-local --help` is the command line; the Makefile is a thin face of it.
"""
