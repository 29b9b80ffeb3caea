"""Every call of every journey fails in every way, and the system recovers by its own means.

`make faults` runs it; docs/faults.md describes what it shows.
"""
