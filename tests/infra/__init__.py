"""What the templates must say."""
