"""Two releases serve the same orders at the same time: `make mixed`, and docs/upgrading.md."""
