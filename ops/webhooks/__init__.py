"""The commands about webhooks: partners' endpoints and what was sent to them."""
