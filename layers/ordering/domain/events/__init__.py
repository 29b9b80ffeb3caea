"""Events: what other parts of a business learn about orders, payments, stock, shipments and products.

`docs/events.md` lists them. Each type is a class (`OrderPlaced`, `PaymentCaptured`), from which its JSON
Schema is generated (`tools/asyncapi/describe.py`). This file imports nothing: most handlers need one module.
"""
