"""What happens without a request: one process beside the workers, which does the jobs of all tenants.

It keeps nothing in memory that is not in the store, so it may die at any moment: the server starts it again, and what
it was at is begun anew when its lease has run out.
"""
