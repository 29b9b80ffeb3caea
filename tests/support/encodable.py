"""Makes a log with lone surrogates encodable in UTF-8."""

from typing import Any


def encodable(value: Any) -> Any:
    """Returns the value with an escape in place of each lone surrogate, in texts at any depth."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {encodable(name): encodable(member) for name, member in value.items()}
        case list():
            return [encodable(each) for each in value]
        case tuple():
            return tuple(encodable(each) for each in value)
    return value
