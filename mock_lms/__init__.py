"""A local, stateful mock of an LMS's enrollment API."""
