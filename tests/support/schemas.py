"""The marshmallow classes of the vendor's API: those beside the views of each tag, and those that tags share."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
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


def classes_of(*modules: ModuleType) -> list[type[Schema]]:
    """The schemas that the modules define. Raises AssertionError where there are none: nothing would be compared."""
    classes = [
        cls
        for module in modules
        for cls in vars(module).values()
        if inspect.isclass(cls) and issubclass(cls, Schema) and cls.__module__ == module.__name__
    ]
    assert classes, f"{', '.join(module.__name__ for module in modules)}: no schema is defined here"
    return classes


def modules_of(tag: str) -> Iterator[ModuleType]:
    """Every module in the tag's folder."""
    package = import_module(f"mock_lms.api.{tag}")
    for module in iter_modules(package.__path__, f"{package.__name__}."):
        yield import_module(module.name)


CLASSES = [cls for tag in TAGS for cls in classes_of(*modules_of(tag))] + classes_of(answers, queries)
BODIES = [cls for cls in CLASSES if issubclass(cls, Body)]
ANSWERS = [cls for cls in CLASSES if issubclass(cls, Answer) and cls is not Answer]
QUERIES = [cls for cls in CLASSES if issubclass(cls, ListQuery)]
