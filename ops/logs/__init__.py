"""The command `log`, and the reader of the logs that others use."""
