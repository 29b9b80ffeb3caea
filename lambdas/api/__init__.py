"""One file per route of the HTTP API."""
