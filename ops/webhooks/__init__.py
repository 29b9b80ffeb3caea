"""The command about webhooks: partners' endpoints and what was sent to them."""
