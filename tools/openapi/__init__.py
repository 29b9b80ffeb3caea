"""The description of the API (OpenAPI), generated from the code, and the check of its changes."""
