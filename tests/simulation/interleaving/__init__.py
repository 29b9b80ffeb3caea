"""Concurrent executions, duplicate messages and many customers, in every order or in random orders."""
