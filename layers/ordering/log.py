"""The one logger: structured JSON lines. Nothing personal and no payment token goes into it."""

from aws_lambda_powertools import Logger

logger = Logger()
