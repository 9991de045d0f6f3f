"""Reads back what became of each pair of a plan that was applied."""
