"""The header by which the distribution proves that a request came through it.

It is apart from `edge`, so that the CDK app, which does not need an AWS SDK, can read it.
"""

HEADER = "x-origin-verify"
"""CloudFront replaces one that a client sends ("Add custom headers to origin requests")."""
