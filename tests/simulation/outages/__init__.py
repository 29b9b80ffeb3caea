"""Long outages and overload, simulated: days of an order path in seconds, by a seed that replays.

The simulator has a table, a queue, drivers, a sweep and a host of its own. Whatever decides when an order is
driven, by whom, how many at once, and when it is given up is the product's own code (`ordering.resilience`),
the functions that the handlers call. See `docs/outages.md`; `make outages` prints its tables.
"""
