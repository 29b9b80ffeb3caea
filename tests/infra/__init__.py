"""Tests of the synthesised templates."""
