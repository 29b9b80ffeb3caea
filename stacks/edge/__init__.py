"""The edge: CloudFront in front of the API."""
