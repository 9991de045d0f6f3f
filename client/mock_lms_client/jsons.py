"""JSON, with orjson where it is installed, as `pip install mock-lms` does; the library needs only the standard one.

Both write the same bytes for what an LMS answers: no blanks, UTF-8.
"""

from __future__ import annotations

from typing import Any

try:
    import orjson
except ModuleNotFoundError:
    import json

    loads: Any = json.loads
    _encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode

    def compact(value: object) -> str:
        """The value in one line."""
        return _encode(value)

else:
    loads = orjson.loads

    def compact(value: object) -> str:
        """The value in one line."""
        return orjson.dumps(value).decode()
