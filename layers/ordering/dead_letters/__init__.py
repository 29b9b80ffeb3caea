"""Dead letters: how the letters of each queue are read, and what can be done about each letter.

The operator's tool and the routes of the API under `/admin/queues` use this code. A stage is
described by the outputs of its stacks (`stage.DeadLetterStage`): the tool reads them from CloudFormation, a
function from the parameters that the admin stack writes.
"""
