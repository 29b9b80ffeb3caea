"""The whole order path in one process, from the client to the end."""
