"""The logger of all functions: structured JSON lines, without personal data and payment tokens."""

from typing import Any

from aws_lambda_powertools.logging import Logger

# Powertools adds them to every line, a fifth of its bytes. The line still has the function's name.
_LEFT_OUT = frozenset({"function_arn", "function_memory_size"})


class _ShortLines(Logger):
    """A logger whose lines leave out what is the same in every line of a function."""

    def structure_logs(
        self, append: bool = False, formatter_options: dict[str, Any] | None = None, **keys: Any
    ) -> None:
        """Set the keys of the lines. Powertools calls it at the start of each invocation."""
        kept = {name: value for name, value in keys.items() if name not in _LEFT_OUT}
        super().structure_logs(append, formatter_options, **kept)


# Lambda treats a line as INFO, whatever its level, unless its timestamp has RFC 3339 format ("Log-level
# filtering").
logger = _ShortLines(use_rfc3339=True)
