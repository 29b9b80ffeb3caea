"""The commands: `orders-ops`, `orders-local` and what generates files."""
