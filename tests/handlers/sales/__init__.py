"""Totals of sales: recorded, read and rebuilt."""
