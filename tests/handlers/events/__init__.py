"""The outbox, the driver of orders and the consumers of events."""
