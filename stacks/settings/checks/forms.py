"""Forms of values that several checks need: ARNs, addresses and origins."""

import re

# With its random suffix: a policy with a secret's name, or with an ARN without the suffix, grants nothing
# ("Determine who has permissions to your secrets", AWS Secrets Manager).
COMPLETE_ARN = r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+-[A-Za-z0-9]{6}"
ADDRESS = r"[^@\s/:]+@[^@\s/:]+\.[^@\s/:.]+"


def matches(pattern: str, text: object) -> bool:
    """Whether a setting is a text, and the whole of it has the form."""
    return isinstance(text, str) and re.fullmatch(pattern, text) is not None


def host_of(origin: str) -> str | None:
    """Returns the host of an origin as a browser writes it (RFC 6454, section 6.2); None if invalid."""
    match = re.fullmatch(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?", origin)
    return match[1] if match else None
