"""Counts the instructions of starting functions and of requests (`make bench`)."""
