"""The previous release: which commit it is, and its files."""
