"""Creating and changing users: which of the entries of a call can be carried out. Facts in, decision out.

Sources: docebo-api.md 4.3; what-clients-call.md 1; imports-webhooks-rules.md 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple


class Problem(NamedTuple):
    """Why an entry cannot be carried out: the field, and what is wrong with it."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a call says of one user: who is meant, by id or username, and the new values. Or why it cannot be read."""

    user: int | str | None
    values: Mapping[str, object] = field(default_factory=dict)
    """Of the user's columns; `password` is in plain text."""
    branch: str | None = None
    """The code of a branch that the user goes into."""
    manager: int | str | None = None
    """The id or username of who becomes the only direct manager."""
    fields: Mapping[int, str | None] = field(default_factory=dict)
    """By the id of an additional field; None empties it."""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What there is of all that the entries name. The `protected` keep what lets them in."""

    users: Set[int]
    user_ids: Mapping[str, int]
    branches: Mapping[str, Sequence[int]]
    fields: Mapping[int, Sequence[str]]
    """The options of each user field; none where it takes any text."""
    protected: Set[int]


PROTECTED = frozenset({"username", "password", "level", "active"})


@dataclass(slots=True)
class Saved:
    """An entry as it is carried out. The id of a new user comes later; `problem` is None where nothing is wrong."""

    user_id: int | None
    username: str | None
    values: Mapping[str, object]
    branch_id: int | None = None
    manager_id: int | None = None
    fields: Mapping[int, str | None] = field(default_factory=dict)
    problem: Problem | None = None

    @property
    def is_new(self) -> bool:
        return self.problem is None and self.user_id is None


def decide(entries: Iterable[Entry], known: Known, *, update_existing: bool) -> list[Saved]:
    """What becomes of each entry. A user is spoken of once, and a username is given once."""
    spoken_of: set[int | str] = set()
    taken: set[str] = set()
    decided = []
    for entry in entries:
        saved = _decided(entry, known, spoken_of, taken, update_existing=update_existing)
        if saved.problem is None:
            spoken_of.add(saved.user_id or str(saved.username))
            taken.update(str(name) for name in (saved.username, entry.values.get("username")) if name)
        decided.append(saved)
    return decided


def _decided(entry: Entry, known: Known, spoken_of: Set[int | str], taken: Set[str], *, update_existing: bool) -> Saved:
    user_id = entry.user if isinstance(entry.user, int) else known.user_ids.get(entry.user or "")
    username = entry.user if isinstance(entry.user, str) else None
    manager = entry.manager if not isinstance(entry.manager, str) else known.user_ids.get(entry.manager)
    places = known.branches.get(entry.branch, ()) if entry.branch is not None else ()
    saved = Saved(user_id, username, entry.values, next(iter(places), None), manager, entry.fields)
    new_name = entry.values.get("username")
    if entry.problem:
        saved.problem = entry.problem
    elif isinstance(entry.user, int) and entry.user not in known.users:
        saved.user_id, saved.problem = None, Problem("user_id", f"user {entry.user} does not exist.")
    elif user_id is not None and not update_existing:
        saved.problem = Problem("username", f"there is a user {username or user_id} already.")
    elif (user_id or str(username)) in spoken_of:
        saved.problem = Problem("username", "an earlier row is about this user.")
    elif username in taken or (new_name is not None and _is_taken(str(new_name), user_id, known, taken)):
        saved.problem = Problem("username", f"there is a user {new_name or username} already.")
    elif user_id in known.protected and (kept := sorted(PROTECTED & entry.values.keys())):
        saved.problem = Problem(kept[0], "the superadmin that every tenant has keeps it.")
    elif entry.manager is not None and (manager is None or (manager not in known.users)):
        saved.problem = Problem("manager", f"user {entry.manager} does not exist.")
    elif manager is not None and manager == user_id:
        saved.problem = Problem("manager", "nobody is their own manager.")
    elif entry.branch is not None and len(places) != 1:
        many = "several branches have" if places else "no branch has"
        saved.problem = Problem("branch_code", f"{many} the code {entry.branch}.")
    else:
        saved.problem = _problem_of_fields(entry.fields, known)
    return saved


def _is_taken(name: str, user_id: int | None, known: Known, taken: Set[str]) -> bool:
    return name in taken or known.user_ids.get(name, user_id) != user_id


def _problem_of_fields(fields: Mapping[int, str | None], known: Known) -> Problem | None:
    for number, value in fields.items():
        if number not in known.fields:
            return Problem(f"field_{number}", "there is no such field of users.")
        options = known.fields[number]
        if options and value is not None and value not in options:
            return Problem(f"field_{number}", f"{value[:60]} is none of {', '.join(options)}.")
    return None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Those of the users whom a call can concern, and those whom it cannot; in the order of the request."""

    users: Sequence[int]
    unknown: Sequence[int]
    protected: Sequence[int]


def choose(user_ids: Sequence[int], known: Set[int], protected: Set[int]) -> Chosen:
    """Every known user but the protected."""
    return Chosen(
        [user for user in user_ids if user in known and user not in protected],
        [user for user in user_ids if user not in known],
        [user for user in user_ids if user in protected],
    )
