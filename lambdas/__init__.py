"""The functions: `api` lists the routes, `saga` the states, `events` what changes and messages set going."""
