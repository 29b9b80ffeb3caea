"""JSON bodies, read as a shape and no other; what is wrong with one is said of the field that is wrong."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from ordering.domain.base import MemberError
from ordering.domain.customer import EMAIL_IN_WORDS, EMAIL_PATTERN
from ordering.domain.money import CURRENCY_PATTERN
from ordering.domain.product import SKU_IN_WORDS, SKU_PATTERN
from ordering.domain.text import IN_WORDS
from ordering.http.numbers import normalise_integers
from ordering.http.problems import FieldError, Problem, ProblemType
from ordering.http.shapes import COUNTRY_PATTERN

# What msgspec says: "Expected `int` >= 1 - at `$.lines[0].quantity`".
_COMPLAINT = re.compile(r"(?P<message>.*?)(?: - at `(?P<path>.*)`)?", re.DOTALL)
_NAMED_FIELD = re.compile(r"Object (?:missing required|contains unknown) field `(?P<name>.*)`")
_PATTERN = re.compile(r"Expected `str` matching regex (?P<quoted>['\"].*['\"])", re.DOTALL)
# msgspec quotes a pattern as Python writes it, which helps nobody who reads the answer.
_IN_WORDS = {
    repr(pattern): words
    for pattern, words in {
        **IN_WORDS,
        EMAIL_PATTERN: EMAIL_IN_WORDS,
        SKU_PATTERN: SKU_IN_WORDS,
        CURRENCY_PATTERN: "takes a currency code of ISO 4217: three capital letters",
        COUNTRY_PATTERN: "takes a country code of ISO 3166-1: two capital letters",
    }.items()
}

# A pair of surrogates, half of one, or another escape: `\\\\ud800` is an escaped backslash and five letters.
_HALF_A_CHARACTER = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What msgspec says of JSON that breaks off, and of an escape that the end of the text cuts short.
_BREAKS_OFF = "Input data was truncated"
# What a decoder writes for octets that it cannot read: the gateway has one, before any handler.
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_NOT_UTF_8 = "takes text in UTF-8: it holds octets that are not"

T = TypeVar("T")


class _Members(list[tuple[str, Any]]):
    """The members of a JSON object, as they were written."""


def read_body(raw: bytes, shape: type[T]) -> T:
    """The body, of this shape, as it was sent. Raises Problem.

    What it must keep beyond its shape is for `checking.checked`.
    """
    text = _text(raw)
    is_unreadable = _UNREADABLE in text
    try:
        body = _decoded(raw, shape)
    except msgspec.ValidationError as error:
        raise _not_utf_8(None) if is_unreadable else _invalid(*_explained(error)) from None
    except (ValueError, RecursionError) as error:
        # Not JSON, or nested deeper than anybody reads.
        if is_unreadable:
            raise _not_utf_8(None) from None
        raise Problem(ProblemType.MALFORMED_BODY, _why_malformed(raw, str(error))) from None
    # From here on it is nested no deeper than its shape.
    members = json.loads(text, object_pairs_hook=_Members)
    if is_unreadable:
        raise _not_utf_8(_first(_unreadable, members))
    repeated = _first(_repeated, members)
    if repeated:
        # Readers do not agree on which one counts (RFC 8259, section 4). Here it could be money.
        raise _invalid(repeated, "stands there more than once: send it once")
    return body


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        detail = f"The body is not UTF-8 (byte {error.start})."
        raise Problem(ProblemType.MALFORMED_BODY, detail) from None


def _not_utf_8(field: str | None) -> Problem:
    """A body that somebody has decoded as UTF-8 although it was not: what it said is lost."""
    errors = [FieldError(field, _NOT_UTF_8)] if field else []
    return Problem(ProblemType.MALFORMED_BODY, f"{field or 'The body'}: {_NOT_UTF_8}", errors)


def _decoded(raw: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError:
        # It may be no more than `1.0`, which msgspec does not take for an integer.
        plain = normalise_integers(raw)
        if plain == raw:
            raise
    return msgspec.json.decode(plain, type=shape)


def _why_malformed(raw: bytes, complaint: str) -> str:
    """Why a body is not JSON, in words that lead to what is wrong; `complaint` is the decoder's."""
    if raw.startswith(_BYTE_ORDER_MARK):
        return "The body begins with a byte order mark: send UTF-8 without one."
    half = next((match for match in _HALF_A_CHARACTER.finditer(raw) if match["half"]), None)
    if half:
        return (
            f"`{half['half'].decode()}` (byte {half.start()}) is half of a surrogate pair, not a character: "
            "send both halves, the high one first, or neither."
        )
    return "The JSON breaks off before its end." if complaint == _BREAKS_OFF else complaint


def _invalid(field: str, message: str) -> Problem:
    detail = f"{field}: {message}" if field else message
    return Problem(ProblemType.INVALID_BODY, detail, [FieldError(field or "$", message)])


def _explained(error: msgspec.ValidationError) -> tuple[str, str]:
    """The field that msgspec complains about (empty: the whole body), and what it says."""
    complaint = str(error)
    match = _COMPLAINT.fullmatch(complaint)
    message, path = (match["message"], match["path"] or "$") if match else (complaint, "$")
    named = _NAMED_FIELD.fullmatch(message)
    pattern = _PATTERN.fullmatch(message)
    if pattern:
        message = _IN_WORDS.get(pattern["quoted"], message)
    field = path.removeprefix("$").removeprefix(".")
    if named:
        field = _inside(field, named["name"])
    if isinstance(error.__cause__, MemberError):
        field = _inside(field, error.__cause__.member)
    return field, message


def _repeated(path: str, value: Any) -> str | None:
    """The path of a member that this object has twice, if there is one."""
    if not isinstance(value, _Members):
        return None
    times = Counter(name for name, _ in value)
    return next((_inside(path, name) for name, count in times.items() if count > 1), None)


def _unreadable(path: str, value: Any) -> str | None:
    """The path of this text, if it holds what could not be read."""
    return path if isinstance(value, str) and _UNREADABLE in value else None


def _first(find: Callable[[str, Any], str | None], value: Any, path: str = "") -> str | None:
    """What `find` finds first in a value or the values within it."""
    inner: Iterable[tuple[str, Any]] = ()
    if isinstance(value, _Members):
        inner = ((_inside(path, name), member) for name, member in value)
    elif isinstance(value, list):
        inner = ((f"{path}[{index}]", member) for index, member in enumerate(value))
    found = find(path, value)
    return found or next(filter(None, (_first(find, member, where) for where, member in inner)), None)


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}".removeprefix(".")
