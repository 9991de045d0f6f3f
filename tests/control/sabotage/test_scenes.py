"""Each sabotage changes what a tenant does, in a way of its own, and leaves the other tenants alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mock_lms.control.sabotage import known
from tests.conftest import NewLms
from tests.control.sabotage.scenes import SCENES, played
from tests.support.lms import Lms


@pytest.fixture
def lms(new_lms: NewLms) -> Lms:
    return new_lms(seed="empty")


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all of pytest's workers, where each sabotage leaves its name under what it does."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if own.name.startswith("popen-") else own) / "sabotages"
    folder.mkdir(exist_ok=True)
    return folder


_right: dict[str, str] = {}


def right(lms: Lms) -> dict[str, str]:
    """What a right tenant does."""
    if not _right:
        _right.update(played(lms, "right"))
    return _right


@pytest.mark.parametrize("name", known())
def test_a_sabotage_does_something_that_neither_a_right_server_nor_another_sabotage_does(
    name: str, lms: Lms, seen: Path
) -> None:
    expected = right(lms)
    wrong = dict(played(lms, "wrong", name))
    differing = [scene for scene in SCENES if wrong[scene] != expected[scene]]
    assert differing, "nothing shows it"
    same = seen / hashlib.sha256("\n".join(wrong.values()).encode()).hexdigest()
    try:
        with same.open("x") as file:
            file.write(name)
    except FileExistsError:
        assert same.read_text() == name, "another one does the same"
    # the process is right again for whoever else it serves
    assert dict(played(lms, "other", scenes=differing[:1]))[differing[0]] == expected[differing[0]]


def test_the_scenes_are_the_same_each_time(lms: Lms) -> None:
    assert dict(played(lms, "again")) == right(lms)
