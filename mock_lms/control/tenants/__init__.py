"""Tenants: made, looked at, dropped."""
