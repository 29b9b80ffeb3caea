"""What the clock sets going."""
