"""The commands `catalogue import` and `catalogue export`: products as CSV or as JSON lines."""
