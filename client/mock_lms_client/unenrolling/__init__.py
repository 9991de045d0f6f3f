"""Unenrolling many: plan, apply, verify, restore. docs/architecture.md says how it fits together."""
