"""Each guard is switched off in turn, and the suite shows which guarantee is violated without it."""
