"""The DynamoDB driver: calls, attribute values and transactions. It knows no domain."""
