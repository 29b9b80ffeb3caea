"""The whole app, deployed to a local engine and spoken to over HTTP."""
