"""Captures the log of the functions during a test."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ordering.aws.logging import logger


@dataclass
class Logs:
    """The log of one test."""

    _stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        """All of it."""
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line is one JSON object."""
        return [json.loads(line) for line in self.text.splitlines()]

    def messages(self) -> list[str]:
        """Returns the message of each line."""
        return [line["message"] for line in self.lines]


@contextmanager
def kept() -> Iterator[Logs]:
    """Capture what is logged in the block."""
    logs = Logs()
    handler: Any = logger.registered_handler
    before = handler.setStream(logs._stream)
    try:
        yield logs
    finally:
        handler.setStream(before)
