"""What a tenant begins with: `demo`, `empty`, `scale`, or a file of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Table, func, select, update

from mock_lms.seeds import scale
from mock_lms.seeds.errors import UnusableSeed as UnusableSeed
from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.tables import COUNTED, counters

DEMO = Path(__file__).with_name("demo.yaml")

MOST_ENROLLMENTS = 12_000_000
"""Of the seed `scale`, in courses and in learning plans: about a gigabyte, and less than a minute."""


def size_of(*, users: int = 10_000, courses: int | None = None, plans: int | None = None) -> dict[str, int]:
    """The size of `scale` of which only a part may be said: 100 courses and 10 plans, fewer for over 50,000 users.

    Raises `UnusableSeed` for more than is planted.
    """
    courses = max(1, min(100, 5_000_000 // users)) if courses is None else courses
    plans = max(1, min(10, 500_000 // users)) if plans is None else plans
    enrollments = users * (courses + plans)
    if enrollments > MOST_ENROLLMENTS:
        raise UnusableSeed(
            f"{users:,} users in {courses:,} courses and {plans:,} learning plans are {enrollments:,} enrollments, and "
            f"scale plants at most {MOST_ENROLLMENTS:,}; ask for fewer"
        )
    return {"users": users, "courses": courses, "plans": plans}


def _count_up(table: Table) -> Statement:
    """Raises the counter of a table to its last id."""
    last = select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery()
    return Statement(update(counters).where(counters.c.name == table.name, counters.c.value < last).values(value=last))


_COUNT_UP = [_count_up(table) for table in COUNTED]


def plant(
    transaction: Transaction,
    seed: str,
    *,
    now: str,
    hash_password: Callable[[str], str],
    contents: str | None = None,
    users: int = 10_000,
    courses: int = 100,
    plans: int = 10,
) -> None:
    """Fills an empty tenant, inside the caller's transaction; `users`, `courses` and `plans` are the size of `scale`.

    `contents` is a seed file's text, in place of any seed.

    The caller has made the tables, the counters, and the superadmin `admin` with id 1. Nothing that a seed plants is
    an event. Raises `UnusableSeed`, before it writes anything.
    """
    if contents is None and seed == "scale":
        if min(users, courses, plans) < 0:
            raise UnusableSeed(f"scale: {users} users, {courses} courses, {plans} plans: none of them may be negative")
        scale.plant(transaction, users=users, courses=courses, plans=plans)
    elif contents is not None or seed != "empty":
        from mock_lms.seeds import file  # noqa: PLC0415 -- PyYAML is slow to import and most starts read no file

        file.plant(transaction, *_file(seed, contents), now=now, hash_password=hash_password)
    for statement in _COUNT_UP:
        transaction.run(statement)


def keys_of(seed: str, contents: str | None, problem_of: Callable[[str], str]) -> dict[str, str]:
    """The keys, by client, that a seed file or its `contents` register. `problem_of` says why a key cannot be one.

    Raises `UnusableSeed`.
    """
    if contents is None and seed in {"demo", "empty", "scale"}:
        return {}
    from mock_lms.seeds import keys  # noqa: PLC0415 -- as above

    return keys.keys_of(*_file(seed, contents), problem_of)


def _file(seed: str, contents: str | None) -> tuple[str, bytes]:
    """The name and the bytes of a seed file. Raises `UnusableSeed`."""
    from mock_lms.seeds import file  # noqa: PLC0415 -- as above

    if contents is not None:
        return "line", contents.encode(errors="surrogatepass")
    path = str(DEMO) if seed == "demo" else seed
    return path, file.bytes_of(path)
