"""What is stored, and how: the only place that knows keys, indexes and DynamoDB expressions."""
