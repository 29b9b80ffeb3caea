"""Tests of the whole app, deployed to a local engine and called over HTTP."""
