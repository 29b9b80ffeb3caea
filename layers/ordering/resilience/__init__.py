"""Rules for long outages and overload, without I/O: see `docs/outages.md`.

The handlers and the simulator (`tests/simulation/outages`) call the same functions.
"""
