"""Unenrolling many: plan, apply, verify, restore, a package each; `run.py` is each from beginning to end."""
