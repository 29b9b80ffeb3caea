"""Webhooks: endpoints, the fan-out of events, and deliveries."""
