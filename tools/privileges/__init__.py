"""Evaluates the roles of a synthesised stage: what they allow, and whether they allow a call to AWS."""
