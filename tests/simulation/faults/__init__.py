"""Every call of every journey fails in every way, and the system recovers by itself.

`make faults` runs it; docs/faults.md describes what it shows.
"""
