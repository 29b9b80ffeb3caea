"""The whole order path in one process, from the client's request to the mail."""
