"""What the tests share: AWS in memory, builders, recorded events, and the invariants."""
