"""What a check finds, and how it reaches AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Clients = Callable[[str], Any]
"""service → its client in the stage's region; `acm@us-east-1` → its client in another one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `remedy` is None if it passed."""

    found: str
    remedy: str | None = None
