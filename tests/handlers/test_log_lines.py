"""Log lines have what Lambda needs to filter them by level: "Log-level filtering" (AWS Lambda)."""

import re

from tests.support.logs import Logs
from tests.support.world import World

# RFC 3339, section 5.6.
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def test_log_line_has_a_level_and_an_rfc_3339_time(world: World, logs: Logs) -> None:
    """Without a valid time, Lambda gives a line the level INFO, and errors are filtered out."""
    world.stocked().place_order()
    assert logs.lines
    for line in logs.lines:
        assert line["level"] in ("DEBUG", "INFO", "WARNING", "ERROR")
        assert RFC_3339.fullmatch(line["timestamp"]), line["timestamp"]


def test_log_line_has_the_name_of_its_function_and_not_what_follows_from_it(world: World, logs: Logs) -> None:
    """Each byte of a line is paid for, and every order writes a dozen lines."""
    world.stocked().place_order()
    for line in logs.lines:
        assert {"function_name", "function_request_id", "cold_start"} <= line.keys()
        assert not {"function_arn", "function_memory_size"} & line.keys()
