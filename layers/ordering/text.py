"""Text that a client may send: bounded, printable, and the same rule in Python and JSON Schema."""

from typing import Annotated

from msgspec import Meta

# `$` alone also matches before a final newline in Python, though not in JSON Schema's dialect (ECMA-262).
END = r"$(?!\n)"
PRINTABLE = rf"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*{END}"
VISIBLE_ASCII = rf"^[\x21-\x7e]+{END}"

ShortText = Annotated[str, Meta(min_length=1, max_length=120, pattern=PRINTABLE)]
LongText = Annotated[str, Meta(min_length=1, max_length=2000, pattern=PRINTABLE)]

# What a pattern asks for, in words a client can act on.
IN_WORDS = {
    PRINTABLE: "takes printable text that is not all spaces, on one line",
    VISIBLE_ASCII: "takes visible ASCII characters, without spaces",
}
