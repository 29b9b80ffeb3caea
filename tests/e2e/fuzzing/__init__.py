"""Schemathesis against the deployed API: requests generated from its description, and known findings."""
