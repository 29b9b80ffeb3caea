"""What the tests share: a world in memory, builders, recorded events, and the invariants."""
