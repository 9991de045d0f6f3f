"""Faults that a tenant has on purpose: which call meets which. Pure: others count, store and carry out."""
