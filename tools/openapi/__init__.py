"""The description of the API (OpenAPI), generated from the code, and what a change of it does to clients."""
