"""The states of the saga, each as the atomic actions that its handler performs, in the handler's order.

Each begins with a reading of the story and decides from it what to do; every transaction, every call of
a provider and every write to a ledger after that is one more action. Between any two anything may happen.
"""
