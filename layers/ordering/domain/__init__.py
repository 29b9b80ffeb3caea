"""The rules of ordering, without I/O. It imports only msgspec, the standard library and `guards`."""
