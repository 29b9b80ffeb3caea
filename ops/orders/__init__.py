"""The commands about orders."""
