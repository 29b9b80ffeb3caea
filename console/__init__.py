"""Shared by both command lines, `local` and `ops`: progress, tables, processes, the local run's folder."""
