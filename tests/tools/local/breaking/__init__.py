"""The page "Break it yourself"."""
