"""Long outages and overload, simulated: days of an order path in seconds, repeatable by a seed.

The simulator has its own table, queue, drivers, sweep and host. Every decision about when an order is driven,
by which driver, how many at once, and when it is parked is made by the product's own code
(`ordering.resilience`), with the functions that the handlers call. See `docs/outages.md`; `make outages`
prints its tables.
"""
