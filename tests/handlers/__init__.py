"""Each handler against tables in memory, through recorded events."""
