"""What the provider remembers: in memory, for a limited time, and not more than a limited number."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")
Clock = Callable[[], float]


class Store(Generic[V]):
    """Values under keys that cannot be guessed. The oldest is dropped when there are too many.

    Several threads may use it at the same time.
    """

    def __init__(self, *, most: int, seconds: float, clock: Clock = time.time) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._values: dict[str, tuple[float, V]] = {}
        self._lock = Lock()

    def add(self, value: V) -> str:
        """Returns the new key of a value."""
        key = secrets.token_urlsafe(32)
        self.set(key, value)
        return key

    def set(self, key: str, value: V) -> None:
        """Keep a value under a key; its time begins again."""
        with self._lock:
            self._values.pop(key, None)
            self._drop_expired()
            while len(self._values) >= self._most:
                del self._values[next(iter(self._values))]
            self._values[key] = (self._clock() + self._seconds, value)

    def get(self, key: str) -> V | None:
        """Returns the value of a key; None if there is none, or its time is over."""
        with self._lock:
            self._drop_expired()
            kept = self._values.get(key)
        return kept[1] if kept else None

    def pop(self, key: str) -> V | None:
        """Remove a key and return its value, as ``get`` does. Of several callers, one gets the value."""
        with self._lock:
            self._drop_expired()
            kept = self._values.pop(key, None)
        return kept[1] if kept else None

    def remove_if(self, is_unwanted: Callable[[V], bool]) -> None:
        """Remove every value of which this is true."""
        with self._lock:
            self._values = {key: kept for key, kept in self._values.items() if not is_unwanted(kept[1])}

    def __len__(self) -> int:
        with self._lock:
            self._drop_expired()
            return len(self._values)

    def _drop_expired(self) -> None:
        # In the order of their ends, because each key's time begins when it is added.
        now = self._clock()
        while self._values:
            key, (end, _) = next(iter(self._values.items()))
            if end > now:
                return
            del self._values[key]
