"""The table: the only place that knows keys, indexes and DynamoDB expressions."""
