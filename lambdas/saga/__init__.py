"""One file per state of the saga."""
