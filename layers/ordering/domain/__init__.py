"""The rules of ordering, without I/O. It imports nothing beside itself, msgspec and the standard library."""
