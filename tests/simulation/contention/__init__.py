"""Orders that compete for the same items: the saga's handlers on a table with DynamoDB's rule of conflicts.

moto and the local engine execute one call at a time, so no transaction ever conflicts there. Here, time is
simulated: a transaction holds its items for a while, and other writes to them are refused, as on AWS.

    virtual_time    tasks that run one at a time, and wait in simulated time
    expressions     condition and update expressions, evaluated on items
    stand_in        the table: DynamoDB's client as far as the saga uses it, with its rule of conflicts
    execution       the synthesised state machine, with its retries, in simulated time
    sale            a sale: orders that arrive at once, and as many drivers as a stage has
"""
