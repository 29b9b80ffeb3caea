"""A model of the saga, searched completely: one order with concurrent, dying and late executions.

    shared_state           what all executions see: the order's items, the stock, the providers' records
    guards                 the guards and assumptions, each of which can be removed by name
    expectations           which guarantee is violated without each of them; which are spare, and why
    providers              how the payment provider and the carrier respond
    steps                  the states of the saga as atomic actions; the domain's own functions decide
    routing                which state follows each outcome, read from the synthesised state machine
    execution              how actions form an execution, and what can happen to it
    guarantees             what must hold in every state
    search                 every state that two executions can reach
    thread_modular_search  every state that any number of executions can reach
    ends                   whether every order can be driven to its end
    placing                a separate model of the idempotency key: at most one order for each key
    conditions             the conditions that the code writes, each with its guard
    handler_replay         the real handler of a step, led call by call through transitions of the model
    transitions            every transition of the model, and how each is reached
    state_fixture          a shared state of the model, written to the real tables and read back
    event_log              the sequence of events that breaks a guarantee, as text

`make model` prints what was searched; `docs/model.md` describes what is modelled and what is not.
"""
