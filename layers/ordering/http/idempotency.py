"""The `Idempotency-Key` header: 1 to 255 visible ASCII characters, with or without double quotes.

The IETF draft (The Idempotency-Key HTTP Header Field, section 2.1) puts it in quotes; many clients do not.
Both forms are the same key.

A header that is sent twice arrives as one value with a comma (RFC 9110, section 5.2). If `K,K` were accepted
as a key, it would create a second order. So a comma outside quotes makes a list, which is refused; a key with
a comma must be in quotes.
"""

import re

from ordering.domain.text import END
from ordering.http.problems import Problem, ProblemType, invalid_field

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255

# Inside quotes, quotes and backslashes are not allowed; without quotes, they are part of the key.
_QUOTED = rf'"[\x21\x23-\x5b\x5d-\x7e]{{1,{MAX_KEY_LENGTH}}}"'
# Without quotes: no comma, and not `""`. Written without lookahead, which some users of the API's description
# do not support.
_NO_COMMA, _NO_QUOTE = r"[\x21-\x2b\x2d-\x7e]", r"[\x21\x23-\x2b\x2d-\x7e]"
_BARE = (
    rf"{_NO_QUOTE}{_NO_COMMA}{{0,{MAX_KEY_LENGTH - 1}}}"
    rf'|"({_NO_QUOTE}{_NO_COMMA}{{0,{MAX_KEY_LENGTH - 2}}}|"{_NO_COMMA}{{1,{MAX_KEY_LENGTH - 2}}})?'
)
PATTERN = rf"^({_QUOTED}|{_BARE}){END}"
"""The pattern of the header in the API's description."""

_KEY = re.compile(PATTERN)
_IN_QUOTES = re.compile(_QUOTED)
FORM = f"must be 1 to {MAX_KEY_LENGTH} visible ASCII characters, without spaces"
_LIST = (
    "must be a single key; this is a list, or the header was sent twice; put a key with a comma in double "
    "quotes"
)


def parse_key(text: str) -> str:
    """Returns the key in a header, without its quotes.

    Raises:
        Problem: The header is not one valid key.
    """
    if not _KEY.search(text):
        raise invalid_field(ProblemType.INVALID_IDEMPOTENCY_KEY, HEADER, _LIST if "," in text else FORM)
    return text[1:-1] if _IN_QUOTES.fullmatch(text) else text


def missing_key() -> Problem:
    """Returns the problem for a request that requires a key and has none."""
    message = "is required, so that a retry is not counted twice"
    return invalid_field(ProblemType.MISSING_IDEMPOTENCY_KEY, HEADER, message)
