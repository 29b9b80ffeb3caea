"""What becomes of the guarantees without each guard: one after the other is switched off, and missed."""
