"""Brings back what an apply removed."""
