"""Stored records: the only package that knows keys, indexes and DynamoDB expressions."""
