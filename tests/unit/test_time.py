"""Times are text that sorts: UTC, RFC 3339, milliseconds."""

import re
from datetime import UTC, datetime, timedelta

from ordering.domain.clock import now


def test_time_is_written_in_utc_with_milliseconds() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", now())


def test_now_is_the_present_time() -> None:
    assert abs(datetime.fromisoformat(now()) - datetime.now(UTC)) < timedelta(minutes=1)
