"""One order, its executions racing, dying and coming late: every state they can reach, searched.

    shop          what there is: the order's items, the stock, the books of the providers
    fences        what keeps it whole: each one by name, so that it can be taken away
    expectations  which promise breaks without each, and which fences are spare, and why
    providers     what the outside world does when it is asked
    steps         the states of the saga as atomic actions; decisions are the domain's own
    routing       where each outcome leads, read from the state machine as it is synthesised
    execution     how actions make executions, and what may befall them
    promises      what must hold in every state
    search        every state that two executions can come to
    crowd         every state that any number of them may come to
    ends          whether every order can be driven to its end
    placing       how an order comes to be there once: the model of its own for the idempotency key
    conditions    the conditions that the code writes, each with its fence
    rehearsal     the real handler of a step, led call by call through moments of the model
    moments       everything that steps do in the model, and the ways to get there
    staging       a shop of the model as the real tables hold it, and back
    story         how a broken promise came about

`make model` prints what was searched; `docs/model.md` says what is modelled and what is not.
"""
