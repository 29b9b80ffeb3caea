"""The rules that a stage's settings must keep, by subject. `problems.py` applies all of them."""
