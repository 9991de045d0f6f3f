"""The checks: one for each requirement, named by its id."""
