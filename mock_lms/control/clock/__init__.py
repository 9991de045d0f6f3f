"""The tenant's time."""
