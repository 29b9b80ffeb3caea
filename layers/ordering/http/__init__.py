"""The HTTP layer: requests, responses and problems."""
