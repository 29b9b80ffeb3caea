"""The daily report of sales: which day, its figures, and their form as CSV, as a page and as a mail."""
