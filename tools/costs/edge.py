"""Calculates what a million requests to the edge cost, by the share that its cache serves.

    .venv/bin/python -m tools.costs.edge

What the API itself costs for a request is that of a read of the catalogue without a Lambda authoriser: the
gateway, a warm function, and the units of the table.
"""

from typing import Final

from tools.costs.prices import prices, usd

MILLION: Final = 1_000_000
KILOBYTES: Final = 2
"""Of a response: a product, or a page of a dozen products compressed."""
# A warm request with 512 MB, rounded up, as in `idle_costs`; its log line and the gateway's; its reads.
_SECONDS: Final = 0.05
_OF_API: Final = {
    "the gateway": usd("api_request"),
    "the function": usd("invocation") + _SECONDS * 0.5 * usd("lambda_gigabyte_second"),
    "the table": 2 * usd("read_unit"),
    "logs of a kilobyte": 1_000 / 1e9 * usd("log_gigabyte"),
}


def of_edge(*, firewall: bool) -> float:
    """Returns what CloudFront costs for a request whose path is cached, in dollars."""
    cost = usd("edge_request") + usd("edge_function") + KILOBYTES / 1e6 * usd("edge_gigabyte")
    return cost + (usd("firewall_request") if firewall else 0.0)


def of_million(hits: float, *, firewall: bool) -> float:
    """Returns what a million requests cost if the cache serves this share of them, in dollars."""
    return MILLION * (of_edge(firewall=firewall) + (1 - hits) * sum(_OF_API.values()))


def table() -> str:
    """Returns the costs as a table of Markdown."""
    rows = ["| answered by the cache | USD | with the firewall |", "|---|---|---|"]
    for hits in (0.0, 0.5, 0.9, 0.99):
        plain, walled = (of_million(hits, firewall=firewall) for firewall in (False, True))
        rows.append(f"| {hits:.0%} | {plain:.2f} | {walled:.2f} |")
    rows.append(f"| no edge | {MILLION * sum(_OF_API.values()):.2f} | |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
    print(f"\nPrices of {prices().date}, responses of {KILOBYTES} KB, without any free tier.")
