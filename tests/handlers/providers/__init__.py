"""The sandboxes of the payment provider and of the carrier."""
