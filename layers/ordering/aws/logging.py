"""The logger of all functions: structured JSON lines, without personal data and payment tokens."""

from aws_lambda_powertools.logging import Logger

# Lambda treats a line as INFO, whatever its level, unless its timestamp has RFC 3339 format ("Log-level
# filtering").
logger = Logger(use_rfc3339=True)
