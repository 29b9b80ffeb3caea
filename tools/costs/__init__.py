"""What an idle stage costs, from its synthesised templates, and what an order costs.

`journeys.json` has the counts of each journey of an order. `tests.simulation.costs` runs the journeys and
writes it; a test fails if a run uses anything else. `prices.json` has the prices.
"""
