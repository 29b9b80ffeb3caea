"""The AWS services that the handlers call, besides DynamoDB: one module each."""
