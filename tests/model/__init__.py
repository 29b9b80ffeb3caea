"""One order, two executions of it that race, die and come late: every state they can reach, searched.

    shop        what there is: the order's items, the stock, the books of the providers
    fences      what keeps it whole: each one by name, so that it can be taken away
    providers   what the outside world does when it is asked
    steps       the states of the saga as atomic actions; decisions are the domain's own
    execution   how actions make executions: the routing is the state machine's own table
    promises    what must hold in every state
    search      every state within the bounds
    reduction   fewer states that show the same
    ends        whether every order can be driven to its end
    trace       how a broken promise came about

`python -m tests.model` prints what was searched; `docs/model.md` says what is modelled and what is not.
"""
