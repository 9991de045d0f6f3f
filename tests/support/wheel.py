"""The wheel that users would install, built from this checkout by the locked hatchling; it needs no registry."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file. It is built from the sdist, so that nothing is in it that the sdist lacks."""
    folder = tmp_path_factory.mktemp("built")
    _build(ROOT, "sdist", folder)
    (packed,) = folder.glob("*.tar.gz")
    with tarfile.open(packed) as sdist:
        sdist.extractall(folder, filter="data")
    _build(folder / packed.name.removesuffix(".tar.gz"), "wheel", folder)
    (found,) = folder.glob("*.whl")
    return found


def _build(source: Path, target: str, folder: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=source)
    assert done.returncode == 0, done.stdout + done.stderr
