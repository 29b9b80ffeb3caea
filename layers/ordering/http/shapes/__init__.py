"""The JSON bodies of requests and responses, as msgspec structs, by subject."""
