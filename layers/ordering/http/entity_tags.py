"""Entity tags, as `If-Match` and `If-None-Match` list them (RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2)."""

import re

from msgspec import Struct

from ordering.domain.text import END

# Any character but quotes, spaces and controls: commas and `*` in a tag mean nothing.
_OPAQUE = r"[^\x00-\x20\x22\x7f]*"
# Members may be empty: a recipient skips them (section 5.6.1.2).
_MEMBER = rf'[ \t]*((W/)?"{_OPAQUE}"[ \t]*)?'
PATTERN = rf"^([ \t]*\*[ \t]*|{_MEMBER}(,{_MEMBER})*){END}"
"""The form of `If-Match`, as the API's description has it."""

_LIST = re.compile(PATTERN)
_TAG = re.compile(rf'(?P<weak>W/)?"(?P<opaque>{_OPAQUE})"')
_WHITE_SPACE = " \t"


class MalformedEntityTags(Exception):
    """The text does not follow the grammar: a tag without its quotes, say."""


class EntityTags(Struct, frozen=True):
    """What such a header names: whatever there is (`*`), or the tags that it lists, without their quotes."""

    any: bool = False
    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()

    def matches_strongly(self, tag: str) -> bool:
        """Whether they name what bears this strong tag, byte for byte: to change it (`If-Match`)."""
        return self.any or tag in self.strong

    def matches_weakly(self, tag: str) -> bool:
        """Whether they name it by weak comparison, which ignores `W/`: to read it (`If-None-Match`)."""
        return self.matches_strongly(tag) or tag in self.weak


def entity_tag(tag: str) -> str:
    """A strong tag, as a header writes it."""
    return f'"{tag}"'


def entity_tags(text: str) -> EntityTags:
    """The tags of a header. Raises MalformedEntityTags."""
    if text.strip(_WHITE_SPACE) == "*":
        return EntityTags(any=True)
    if not _LIST.search(text):
        raise MalformedEntityTags
    found = [(bool(match["weak"]), match["opaque"]) for match in _TAG.finditer(text)]
    return EntityTags(
        strong=frozenset(opaque for weak, opaque in found if not weak),
        weak=frozenset(opaque for weak, opaque in found if weak),
    )
