"""Doing what is due, where no background process does it."""
