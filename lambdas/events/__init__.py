"""What changes and messages set going."""
