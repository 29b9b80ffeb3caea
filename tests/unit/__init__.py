"""Tests of single functions and classes, without I/O: a test replaces every call to AWS."""
