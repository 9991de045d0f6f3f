"""The contract suite: does an implementation of the enrollment API do what the contract says?

It is a stranger to every server: it knows `openapi.yaml`, its own `requirements.yaml`, and HTTP. What a call *did* it
finds out by reading before, acting, and reading again.
"""
