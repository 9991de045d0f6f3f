"""A tenant's states: saved, restored, forked, carried as files."""
