"""The saga and everything around it, run in this process: see `docs/simulation.md`."""
