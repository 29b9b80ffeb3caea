"""Keys of the totals of sales, and of the daily reports."""

from collections.abc import Mapping

from ordering.repositories.keys import LAST, SEPARATOR, Key

PRODUCT_TOTAL_PREFIX = "PRODUCT#"
CATEGORY_TOTAL_PREFIX = "CATEGORY#"
_REPORT_PREFIX = "REPORT#"
_REPORT_MAIL_PREFIX = "MAIL#"


def sales_state() -> Key:
    """Which generation of totals is valid."""
    return {"PK": sales_partition("STATE"), "SK": "STATE"}


def sales_partition(place: str) -> str:
    """A partition of the totals of sales, by the text after its prefix."""
    return f"SALES#{place}"


def sales_shard(generation: int, month: str, shard: int | None) -> str:
    """One of the partitions of the totals of a month (`2026-11`); None: what a rebuild has counted.

    A partition takes 1,000 writes a second, so each month has several, and each event chooses one at random.
    """
    place = "REBUILT" if shard is None else str(shard)
    return sales_partition(f"{generation}{SEPARATOR}{month}{SEPARATOR}{place}")


def product_total(sku: str, currency: str, day: str) -> str:
    """The sort key of the total of a product on a day. The totals of one product follow each other."""
    return f"{PRODUCT_TOTAL_PREFIX}{sku}{SEPARATOR}{currency}{SEPARATOR}{day}"


def category_total(day: str, currency: str, category: str) -> str:
    """The sort key of the total of a category on a day; `category` is empty for products without one."""
    return f"{CATEGORY_TOTAL_PREFIX}{day}{SEPARATOR}{currency}{SEPARATOR}{category}"


def parts_of_total(item: Mapping[str, object]) -> tuple[str, str, str]:
    """Return the three parts of the sort key of a total, in their order."""
    _, first, second, third = str(item["SK"]).split(SEPARATOR)
    return first, second, third


def totals_between(first: str, last: str) -> tuple[str, str]:
    """The range of sort keys from those that begin with `first` to those that begin with `last`."""
    return first, f"{last}{LAST}"


def totals_after(prefix: str) -> str:
    """The lower end of a range: after all sort keys that begin with `prefix`."""
    return f"{prefix}{LAST}"


def report_partition(day: str) -> str:
    """The partition of the report of a day, and of the mails about it."""
    return f"{_REPORT_PREFIX}{day}"


def daily_report(day: str) -> Key:
    """The last report of a day (`2026-11-27`)."""
    return {"PK": report_partition(day), "SK": "REPORT"}


def report_mail(day: str, revision: int, receiver: str) -> Key:
    """The mail about one revision to a receiver, by a text without the address."""
    return {"PK": report_partition(day), "SK": f"{_REPORT_MAIL_PREFIX}{revision}{SEPARATOR}{receiver}"}
