"""Tests of the routes with which operators look at queues and redrive dead letters."""
