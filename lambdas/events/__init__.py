"""Functions that are started by the table's stream and by queues."""
