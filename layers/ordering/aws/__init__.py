"""Clients of AWS services other than DynamoDB, and the logger."""
