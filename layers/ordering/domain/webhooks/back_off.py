"""When a webhook that was not acknowledged is sent again: ten attempts over at least three days."""

# The schedule that Standard Webhooks suggests ("Retries"), in seconds: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h,
# 14 h, 20 h, 24 h. The sum is 75.6 hours.
RETRY_DELAYS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
MAX_ATTEMPTS = len(RETRY_DELAYS) + 1

# Jitter only lengthens a delay, by up to a tenth: so the attempts always cover three days.
_JITTER = 0.1


def retry_delay_seconds(attempts: int, jitter: float) -> int | None:
    """Return the delay after this many attempts; None if none is left. `jitter` is from 0 to 1."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return round(RETRY_DELAYS[attempts - 1] * (1 + _JITTER * jitter))
