"""docs/extending.md quotes its example as it is tested."""

from textwrap import indent

from tests.synth import PROJECT

PAGE = (PROJECT / "docs" / "extending.md").read_text()
EXAMPLE = PROJECT / "tests" / "handlers" / "examples"


def test_page_quotes_the_handler_of_the_example() -> None:
    assert indent((EXAMPLE / "count_orders.py").read_text(), "   ") in PAGE


def test_page_quotes_the_test_of_the_example() -> None:
    source = (EXAMPLE / "test_count_orders.py").read_text()
    (quoted,) = (each for each in source.split("\n\n\n") if each.startswith("class "))
    assert indent(quoted, "   ") in PAGE
