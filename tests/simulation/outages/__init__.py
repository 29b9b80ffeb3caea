"""Long outages and overload, simulated: days of an order path in seconds, repeatable by a seed.

The simulator has its own table, queue, drivers, sweep and host. The product's code (`ordering.resilience`)
decides when an order is driven, by which driver, how many at once, and when it is parked: the simulator calls
the same functions as the handlers. See `docs/outages.md`; `make outages` prints its tables.
"""
