"""The marshmallow classes of the vendor's API: those beside the views of each tag, and those that tags share."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType

from marshmallow import Schema

from mock_lms.api import answers, queries
from mock_lms.api.answers import Answer
from mock_lms.api.queries import ListQuery
from mock_lms.http.requests import Body
from tests.support.contract import operations

TAGS = sorted({operation["tags"][0] for operation in operations().values()} - {"oauth2"})
"""The tags whose shapes are marshmallow's. Those of oauth2 are RFC 6749's, and Authlib knows them."""

SCHEMAS = {tag: import_module(f"mock_lms.api.{tag}.schemas") for tag in TAGS}


def classes_of(module: ModuleType) -> list[type[Schema]]:
    """The schemas that the module defines. Raises AssertionError where there are none: nothing would be compared."""
    classes = [
        cls
        for cls in vars(module).values()
        if inspect.isclass(cls) and issubclass(cls, Schema) and cls.__module__ == module.__name__
    ]
    assert classes, f"{module.__name__} defines no schema"
    return classes


CLASSES = [cls for module in (*SCHEMAS.values(), answers, queries) for cls in classes_of(module)]
BODIES = [cls for cls in CLASSES if issubclass(cls, Body)]
ANSWERS = [cls for cls in CLASSES if issubclass(cls, Answer) and cls is not Answer]
QUERIES = [cls for cls in CLASSES if issubclass(cls, ListQuery)]
