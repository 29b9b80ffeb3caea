"""The parts that every document has."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class Part(Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A part of a document. Times are RFC 3339 in UTC; what is unknown is null."""


class FailedPart(Part):
    """What could not be read or done, and why."""

    part: str
    why: str
    remedy: str


class Document(Part):
    """What a command prints. `failures` lists the parts that could not be read or done: exit status 3."""

    command: ClassVar[str]
    stage: str
    failures: list[FailedPart]
