"""Counts what the journey of an order uses of AWS, in a run of the whole backend in one process."""
