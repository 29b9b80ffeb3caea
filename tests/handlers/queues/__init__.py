"""Tests of the routes with which operators list queues and redrive dead letters."""
