"""Recording what an effect has led to, which cannot be undone: what is not recorded happens again."""

from collections.abc import Callable, Mapping, Sequence

from ordering.aws.logging import logger

RECORD_RETRY_DELAYS = (1, 2, 4, 8)
"""Delays in seconds between attempts. Each attempt is up to three attempts of the SDK."""


def record_patiently(
    record: Callable[[], None],
    *,
    delays: Sequence[int],
    sleep: Callable[[float], None],
    log_fields: Mapping[str, str],
) -> None:
    """Call `record` until it succeeds, with these delays in between. Raises what the last attempt raises."""
    for delay in delays:
        try:
            return record()
        except Exception:
            logger.exception("not recorded yet", extra={**log_fields})
            sleep(delay)
    return record()
