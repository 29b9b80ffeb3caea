"""Functions that consume events: each event of a queue is handled once."""
