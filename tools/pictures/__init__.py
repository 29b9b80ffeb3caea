"""The pictures of the documentation, drawn from what is synthesised or printed."""
