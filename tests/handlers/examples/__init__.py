"""The examples of docs/extending.md, which quotes these files."""

import os

# As the stack would set it, for a consumer with the id `Counts`.
os.environ["COUNTS_QUEUE_URL"] = "https://sqs.eu-west-1.amazonaws.com/123456789012/counts"
