"""The Lambda authoriser, for rules that API Gateway's JWT authoriser does not support."""
