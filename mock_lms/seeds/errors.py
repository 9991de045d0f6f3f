"""What is wrong with a seed."""

from __future__ import annotations


class UnusableSeed(Exception):
    """The seed can't be planted. One line that says what is wrong, where, and what to do."""
