"""Counts the use of AWS by the journey of an order, in a run of the whole backend in one process."""
