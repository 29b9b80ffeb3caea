"""The commands about dead letters: `dlq`, `redrive` and `discard`."""
