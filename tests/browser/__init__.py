"""Pages in a real browser: the documentation of the API, and the sign-in of the local run."""
