"""The audit of the synthesised templates, and the bill of materials."""
