"""The functions that a schedule invokes."""
