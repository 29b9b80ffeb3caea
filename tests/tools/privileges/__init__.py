"""Tests of tools.privileges."""
