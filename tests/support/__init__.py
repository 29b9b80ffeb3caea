"""Shared test code: the app in memory, fault injection, builders, recorded events, and the invariants.

The app in memory exists in four sizes. A test uses the smallest that contains its subject:

- `world.World`: the tables, the routes and the saga's steps, each called alone;
- `machine.Saga`: the synthesised state machine, which calls the steps;
- `cloud.Cloud`: a world with its saga, kept for many tests;
- `backend.Backend`: the whole app, with the stream, the event bus, the queues and the mailbox.

`aws_calls` replaces single calls to AWS in tests of one handler. `calls`, `injection_points` and `faults`
inject faults at any call of a saga or a backend.
"""
