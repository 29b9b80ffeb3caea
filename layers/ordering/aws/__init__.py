"""Clients of AWS services other than DynamoDB, the logger, and metrics."""
