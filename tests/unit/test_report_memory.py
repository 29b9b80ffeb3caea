"""A day with any number of products is written line by line: the memory does not grow with it."""

import tracemalloc
from collections.abc import Iterator
from datetime import date
from tempfile import TemporaryFile

import pytest

from ordering.domain.reports.csv_file import CsvFile
from ordering.domain.reports.figures import ProductRanking
from ordering.domain.sales import Counts, Total

_MEGABYTE = 1_000_000


def products(count: int) -> Iterator[Total]:
    for number in range(count):
        yield Total(f"SKU-{number:07}", "EUR", Counts(orders=1, units=2, revenue=100 + number % 977))


def peak(count: int) -> int:
    """Returns the most memory that a file of so many products takes, in bytes."""
    tracemalloc.start()
    with TemporaryFile() as file:
        csv, ranking = CsvFile(file, date(2026, 11, 27)), ProductRanking()
        for total in products(count):
            csv.add("product", total)
            ranking.add(total)
        assert ranking.counts == {"EUR": count}
        assert file.tell() > 50 * count
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.slow
def test_memory_of_a_report_does_not_depend_on_the_number_of_products() -> None:
    few, many = peak(1_000), peak(50_000)
    assert many < few + _MEGABYTE / 10
