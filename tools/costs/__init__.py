"""The cost of an order: what its journey uses, counted, and the prices of it.

`journeys.json` has the counts of each journey. `tests.simulation.costs` runs the journeys and writes it; a
test fails when a run uses something else. `prices.json` has the prices.
"""
