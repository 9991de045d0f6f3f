"""What users get: their type checker sees our types, and the licence comes along."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

from tests.support.wheel import ROOT, wheel

__all__ = ["wheel"]

PACKAGES = ("mock_lms", "mock_lms_client", "mock_lms_contracts")

# Each line that is ignored is wrong; were our types not seen, all would be Any, and mypy would say that it need not be.
USERS = """
from mock_lms import MockLMS
from mock_lms_client import Client
from mock_lms_contracts.adapters import World


def address(lms: MockLMS, client: Client, world: World) -> str:
    lms.url + 1  # type: ignore[operator]
    lms.tokn()  # type: ignore[attr-defined]
    client.unenroll(None, 13001)  # type: ignore[arg-type]
    world.ids.users.append(1)  # type: ignore[attr-defined]
    return lms.url + lms.token() + world.target.base_url
"""


def test_the_wheel_has_the_licence_and_says_that_its_packages_are_typed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        (licence,) = (name for name in names if name.endswith(".dist-info/licenses/LICENSE"))
        assert b"MIT License" in packed.read(licence)
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)


def test_the_wheel_has_every_template_of_the_server(wheel: Path) -> None:
    templates = {str(path.relative_to(ROOT)) for path in (ROOT / "mock_lms").glob("**/templates/*.html")}
    assert templates
    with zipfile.ZipFile(wheel) as packed:
        assert templates <= set(packed.namelist())


def test_a_users_file_is_checked_against_the_types_of_the_wheel(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv")
    (packages,) = (tmp_path / "venv").glob("**/site-packages")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(packages)
    # what ours depend on; not the checkout, whose own .pth file is not read from there
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    file = tmp_path / "users.py"
    file.write_text(USERS)
    options = [
        "--strict",
        "--config-file=",
        f"--cache-dir={tmp_path}",
        f"--python-executable={tmp_path}/venv/bin/python",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, str(file)],
        capture_output=True, text=True, timeout=280, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
