"""The web application on AWS: its files behind CloudFront, with the API below /api."""
