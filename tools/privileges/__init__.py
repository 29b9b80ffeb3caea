"""What the roles of a synthesised stage allow, and whether they allow a call of AWS."""
