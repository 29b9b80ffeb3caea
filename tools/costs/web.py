"""Calculates what visits of the web application cost, without the requests to the API.

.venv/bin/python -m tools.costs.web
"""

from typing import Final

from tools.costs.prices import prices, usd

MILLION: Final = 1_000_000
# What the shop loads at a first visit; the console's scripts are loaded when it is opened.
KILOBYTES: Final = 82
"""Compressed: the page, `config.json`, the icon, the script, the styles and the font."""
REVALIDATED: Final = 3
"""Files that every visit asks for, and CloudFront asks the bucket for: those with `no-cache`."""
HASHED: Final = 3
"""Files that a browser keeps for a year, and CloudFront too."""


def of_million(*, first: bool) -> float:
    """Returns what a million visits cost, in dollars: first ones, or later ones with cached files."""
    requests = REVALIDATED + (HASHED if first else 0)
    cost = requests * (usd("edge_request") + usd("edge_function")) + REVALIDATED * usd("bucket_read")
    if first:
        cost += KILOBYTES / 1e6 * usd("edge_gigabyte")
    return MILLION * cost


def table() -> str:
    """Returns the costs as a table of Markdown."""
    return "\n".join(
        [
            "| a million | USD |",
            "|---|---|",
            f"| first visits | {of_million(first=True):.2f} |",
            f"| later visits | {of_million(first=False):.2f} |",
        ]
    )


if __name__ == "__main__":
    print(table())
    print(f"\nPrices of {prices().date}, {KILOBYTES} KB at a first visit, without any free tier.")
