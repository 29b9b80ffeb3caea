"""Every call of every scenario fails in every way there is, and the system recovers by its own means.

`make faults` runs it; docs/faults.md says what it proves.
"""
