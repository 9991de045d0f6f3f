"""The commands of `mock-lms`, one a file. `mock_lms.__main__` puts them together and says what went wrong."""

from __future__ import annotations


class Complaint(Exception):
    """What the user can mend. One line: what is wrong, and what to do."""
