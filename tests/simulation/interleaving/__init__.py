"""Everything at once: two executions, many messages, a crowd of customers, in every order or in many."""
