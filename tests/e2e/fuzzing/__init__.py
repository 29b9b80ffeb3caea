"""Schemathesis against the deployed API: requests made from its own description, and what may refuse them."""
