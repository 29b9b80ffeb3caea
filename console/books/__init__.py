"""Judges whether the records of the app and of its providers keep the guarantees. It reads nothing itself."""
