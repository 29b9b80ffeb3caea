"""Functions of the WebSocket API."""
