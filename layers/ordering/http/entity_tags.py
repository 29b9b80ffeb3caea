"""Entity tags, as `If-Match` and `If-None-Match` list them (RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2)."""

import re

from msgspec import Struct

from ordering.domain.text import END

# Any character except quotes, spaces and controls. A comma or `*` inside a tag has no special meaning.
_OPAQUE = r"[^\x00-\x20\x22\x7f]*"
# Members may be empty: a recipient skips them (section 5.6.1.2).
_MEMBER = rf'[ \t]*((W/)?"{_OPAQUE}"[ \t]*)?'
PATTERN = rf"^([ \t]*\*[ \t]*|{_MEMBER}(,{_MEMBER})*){END}"
"""The pattern of `If-Match` in the API's description."""

_LIST = re.compile(PATTERN)
_TAG = re.compile(rf'(?P<weak>W/)?"(?P<opaque>{_OPAQUE})"')
_WHITE_SPACE = " \t"


class MalformedEntityTags(Exception):
    """The text does not follow the grammar, for example because a tag has no quotes."""


class EntityTags(Struct, frozen=True):
    """The value of such a header: any version (`*`), or the listed tags, without their quotes."""

    any: bool = False
    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()

    def matches_strongly(self, tag: str) -> bool:
        """Returns whether `tag` is listed as a strong tag, as `If-Match` requires."""
        return self.any or tag in self.strong

    def matches_weakly(self, tag: str) -> bool:
        """Returns whether `tag` is listed, strong or weak, as `If-None-Match` requires."""
        return self.matches_strongly(tag) or tag in self.weak

    def of_versions(self) -> "EntityTags":
        """Returns the tags without what follows a dot, which is the tag of a product's images.

        A client may change a product although one of its images has become ready since it was read.
        """
        return EntityTags(
            any=self.any,
            strong=frozenset(tag.partition(".")[0] for tag in self.strong),
            weak=frozenset(tag.partition(".")[0] for tag in self.weak),
        )


def entity_tag(tag: str) -> str:
    """Returns a strong tag in the syntax of the header."""
    return f'"{tag}"'


def entity_tags(text: str) -> EntityTags:
    """Returns the tags in a header.

    Raises:
        MalformedEntityTags: The text does not follow the grammar.
    """
    if text.strip(_WHITE_SPACE) == "*":
        return EntityTags(any=True)
    if not _LIST.search(text):
        raise MalformedEntityTags
    found = [(bool(match["weak"]), match["opaque"]) for match in _TAG.finditer(text)]
    return EntityTags(
        strong=frozenset(opaque for weak, opaque in found if not weak),
        weak=frozenset(opaque for weak, opaque in found if weak),
    )
