"""The kinds of items of the table, from the table in the description of `ordering.repositories.keys`."""

import re

from ordering.repositories import keys

_ROW = re.compile(
    r"^\| (?P<kind>[a-z, ]+?) *\| `(?P<partition>[^`]+)` *\| `(?P<sort>[^`]+)` *\|$", re.MULTILINE
)


def kinds() -> dict[str, re.Pattern[str]]:
    """Returns kind → the form of its keys (`<PK>/<SK>`)."""

    def form(described: str) -> str:
        return re.sub("<[^>]+>", ".*", described)

    return {
        row["kind"]: re.compile(f"{form(row['partition'])}/{form(row['sort'])}")
        for row in _ROW.finditer(str(keys.__doc__))
    }
