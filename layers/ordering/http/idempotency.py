"""The `Idempotency-Key`: 1 to 255 visible characters of ASCII, bare or in double quotes.

The IETF's draft writes it in quotes (The Idempotency-Key HTTP Header Field, section 2.1); many clients write
it bare. It is the same key either way.

A header that is sent twice arrives as one, with a comma between its values (RFC 9110, section 5.2). Taken for
one key, `K,K` would name another order than `K`. So a bare comma makes a list, which is refused; a key that
holds a comma is written in quotes.
"""

import re

from ordering.domain.text import END
from ordering.http.problems import Problem, ProblemType, invalid_field

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255

# Neither a quote nor a backslash stands inside quotes; bare, they are part of the key.
_QUOTED = rf'"[\x21\x23-\x5b\x5d-\x7e]{{1,{MAX_KEY_LENGTH}}}"'
# Bare there is no comma, and whatever is not the two quotes that hold nothing: said without looking ahead,
# which not every reader of the description can.
_NO_COMMA, _NO_QUOTE = r"[\x21-\x2b\x2d-\x7e]", r"[\x21\x23-\x2b\x2d-\x7e]"
_BARE = (
    rf"{_NO_QUOTE}{_NO_COMMA}{{0,{MAX_KEY_LENGTH - 1}}}"
    rf'|"({_NO_QUOTE}{_NO_COMMA}{{0,{MAX_KEY_LENGTH - 2}}}|"{_NO_COMMA}{{1,{MAX_KEY_LENGTH - 2}}})?'
)
PATTERN = rf"^({_QUOTED}|{_BARE}){END}"
"""The header's form, as the API's description has it."""

_KEY = re.compile(PATTERN)
_IN_QUOTES = re.compile(_QUOTED)
FORM = f"takes 1 to {MAX_KEY_LENGTH} visible ASCII characters, without spaces"
_LIST = (
    "takes one key: this is a list, or it was sent twice; a key that holds a comma stands in double quotes"
)


def parse_key(text: str) -> str:
    """The key that a header holds, without its quotes. Raises Problem."""
    if not _KEY.search(text):
        raise invalid_field(ProblemType.INVALID_IDEMPOTENCY_KEY, HEADER, _LIST if "," in text else FORM)
    return text[1:-1] if _IN_QUOTES.fullmatch(text) else text


def missing_key() -> Problem:
    """The refusal of a request that must not be made without a key."""
    message = "send one, so that a retry is not counted twice"
    return invalid_field(ProblemType.MISSING_IDEMPOTENCY_KEY, HEADER, message)
