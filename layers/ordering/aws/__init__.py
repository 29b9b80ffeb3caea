"""One module for each AWS service that the handlers call, except DynamoDB."""
