"""Commands about totals of sales."""
