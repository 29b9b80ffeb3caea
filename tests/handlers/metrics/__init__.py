"""Tests of the route with the graphs of the dashboards."""
