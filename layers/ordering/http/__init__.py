"""The HTTP layer: requests, responses, problems, the route table and the API's description."""
