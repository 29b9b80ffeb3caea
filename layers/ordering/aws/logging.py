"""The one logger: structured JSON lines. Nothing personal and no payment token goes into it."""

from aws_lambda_powertools import Logger

# Lambda takes a line for INFO, whatever it says, unless its time is one of RFC 3339 ("Log-level filtering").
logger = Logger(use_rfc3339=True)
