"""Decodes JSON bodies strictly, and names the field that is wrong."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from ordering.domain.base import MemberError
from ordering.http.numbers import normalise_integers
from ordering.http.problems import FieldError, Problem, ProblemType

# A message of msgspec: "Expected `int` >= 1 - at `$.lines[0].quantity`".
_MSGSPEC_MESSAGE = re.compile(r"(?P<message>.*?)(?: - at `(?P<path>.*)`)?", re.DOTALL)
_NAMED_FIELD = re.compile(r"Object (?:missing required|contains unknown) field `(?P<name>.*)`")
_PATTERN = re.compile(r"Expected `str` matching regex (?P<quoted>['\"].*['\"])", re.DOTALL)

# An escape: a surrogate pair, half of one, or any other. Other escapes are matched too, because in
# `\\\\ud800` the escape is the double backslash, and the five characters after it are text.
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# The message of msgspec for JSON that ends too early, also in the middle of an escape.
_TRUNCATED = "Input data was truncated"
# How msgspec writes the path of a member of a map.
_SOME_MEMBER = "[...]"
_RAW_MEMBERS = dict[str, msgspec.Raw]
_LONGEST_NAME = 80
# The gateway decodes bodies before any handler does, and writes this for bytes that are not UTF-8.
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_NOT_UTF_8 = "must be UTF-8 text; it contains bytes that are not"

T = TypeVar("T")


class _Members(list[tuple[str, Any]]):
    """The members of a JSON object, in order and with duplicates."""


def read_body(raw: bytes, shape: type[T]) -> T:
    """Returns the body as it was sent, decoded as `shape`. `checking.checked` applies further rules.

    Raises:
        Problem: The body is not valid JSON, or does not match the shape.
    """
    text = _text(raw)
    is_unreadable = _UNREADABLE in text
    try:
        body = _decoded(raw, shape)
    except msgspec.ValidationError as error:
        raise _not_utf_8(None) if is_unreadable else _invalid(*_explained(error, raw, shape)) from None
    except (ValueError, RecursionError) as error:
        # Not JSON, or nested too deeply.
        if is_unreadable:
            raise _not_utf_8(None) from None
        raise Problem(ProblemType.MALFORMED_BODY, _why_malformed(raw, str(error))) from None
    # The nesting is now known to be as shallow as the shape.
    members = json.loads(text, object_pairs_hook=_Members)
    if is_unreadable:
        raise _not_utf_8(_first(_unreadable, members))
    repeated = _first(_repeated, members)
    if repeated:
        # Parsers disagree on which value they use (RFC 8259, section 4), and it could be an amount of money.
        raise _invalid(repeated, "appears more than once; send it once")
    return body


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        detail = f"The body is not UTF-8 (byte {error.start})."
        raise Problem(ProblemType.MALFORMED_BODY, detail) from None


def _not_utf_8(field: str | None) -> Problem:
    """Returns the problem for a body that was not UTF-8 before the gateway decoded it."""
    errors = [FieldError(field, _NOT_UTF_8)] if field else []
    return Problem(ProblemType.MALFORMED_BODY, f"{field or 'The body'}: {_NOT_UTF_8}", errors)


def _decoded(raw: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError:
        # It may only be `1.0`, which msgspec does not accept as an integer.
        plain = normalise_integers(raw)
        if plain == raw:
            raise
    return msgspec.json.decode(plain, type=shape)


def _why_malformed(raw: bytes, error_message: str) -> str:
    """Returns why a body is not JSON; `error_message` is the message of the decoder."""
    if raw.startswith(_BYTE_ORDER_MARK):
        return "The body starts with a byte order mark; send UTF-8 without one."
    half = next((match for match in _ESCAPE.finditer(raw) if match["half"]), None)
    if half:
        return (
            f"`{half['half'].decode()}` (byte {half.start()}) is half of a surrogate pair; "
            "send both halves, the high one first."
        )
    return "The JSON ends too early." if error_message == _TRUNCATED else error_message


def _invalid(field: str, message: str) -> Problem:
    detail = f"{field}: {message}" if field else message
    return Problem(ProblemType.INVALID_BODY, detail, [FieldError(field or "$", message)])


def _explained(error: msgspec.ValidationError, raw: bytes, shape: type) -> tuple[str, str]:
    """Returns the field that an error of msgspec is about (empty: the whole body), and its message."""
    error_message = str(error)
    match = _MSGSPEC_MESSAGE.fullmatch(error_message)
    message, path = (match["message"], match["path"] or "$") if match else (error_message, "$")
    named = _NAMED_FIELD.fullmatch(message)
    pattern = _PATTERN.fullmatch(message)
    if pattern:
        # Imported when needed: it loads what the fields of all bodies describe.
        from ordering.http.patterns import PATTERNS_IN_WORDS

        message = PATTERNS_IN_WORDS.get(pattern["quoted"], message)
    field = path.removeprefix("$").removeprefix(".")
    if named:
        field = _member_path(field, named["name"])
    if isinstance(error.__cause__, MemberError):
        field = _member_path(field, error.__cause__.member)
    if field.endswith(_SOME_MEMBER):
        field = _first_wrong_member(field.removesuffix(_SOME_MEMBER), raw, shape)
    return field, message


def _first_wrong_member(field: str, raw: bytes, shape: type) -> str:
    """Returns the path of the first invalid member of a field that is a map; the field's if it is not found.

    msgspec does not name the member in its message.
    """
    try:
        annotated = get_type_hints(shape, include_extras=True)[field]
        members = msgspec.json.decode(msgspec.json.decode(raw, type=_RAW_MEMBERS)[field], type=_RAW_MEMBERS)
    except (KeyError, ValueError, RecursionError):
        return field
    mapping, *_ = get_args(annotated)
    _, value_type = get_args(mapping)
    for name, value in members.items():
        try:
            msgspec.json.decode(value, type=value_type)
        except msgspec.ValidationError:
            return _member_path(field, name[:_LONGEST_NAME])
    return field


def _repeated(path: str, value: Any) -> str | None:
    """Returns the path of a member that this object has more than once, if any."""
    if not isinstance(value, _Members):
        return None
    times = Counter(name for name, _ in value)
    return next((_member_path(path, name) for name, count in times.items() if count > 1), None)


def _unreadable(path: str, value: Any) -> str | None:
    """Returns the path of this string if it contains undecodable bytes."""
    return path if isinstance(value, str) and _UNREADABLE in value else None


def _first(find: Callable[[str, Any], str | None], value: Any, path: str = "") -> str | None:
    """Returns the first result of `find` in a value and the values inside it."""
    inner: Iterable[tuple[str, Any]] = ()
    if isinstance(value, _Members):
        inner = ((_member_path(path, name), member) for name, member in value)
    elif isinstance(value, list):
        inner = ((f"{path}[{index}]", member) for index, member in enumerate(value))
    found = find(path, value)
    return found or next(filter(None, (_first(find, member, where) for where, member in inner)), None)


def _member_path(path: str, name: str) -> str:
    return f"{path}.{name}".removeprefix(".")
