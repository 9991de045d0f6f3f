"""What people write, as ids: usernames, e-mail addresses, codes, titles. Asks the LMS, and never guesses.

A name is the same in other capitals only where nothing is spelled exactly so. Two that fit are ambiguous, and are for
a person to choose from. Digits are an id, or with `by="username"` a username, and never one for lack of the other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from mock_lms_client.client import Client
    from mock_lms_client.listing import Listing

By = Literal["id", "username", "email"]
PAGE = 200
LONGEST_ID = 15
ID_PREFIX = "id:"
"""`id:101` is the course with that id, whatever the codes of others are."""


@dataclass(frozen=True)
class Match:
    """Somebody or something that has an id; the label is for people."""

    id: int
    label: str


@dataclass
class Resolved:
    """By name, in the order in which they were asked for, each once: whom it means, or may mean; and who is unknown."""

    unique: dict[str, Match] = field(default_factory=dict)
    ambiguous: dict[str, list[Match]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        """Of those that were found, each once."""
        return list(dict.fromkeys(match.id for match in self.unique.values()))


@dataclass(frozen=True)
class _Kind:
    """How to look for something, and what it is called by."""

    search: Callable[..., Listing[Any]]
    id: str
    names: tuple[str, ...]
    label: tuple[str, ...]
    how: tuple[Mapping[str, str], ...] = ({},)
    """Parameters of searches for one name, the next where the one before found none."""

    def match(self, item: Mapping[str, Any]) -> Match:
        return Match(int(item[self.id]), " ".join(str(item[name]) for name in self.label if item.get(name)))


def users(client: Client, names: Iterable[str], *, by: By | None = None) -> Resolved:
    """Users by id, username or e-mail; without `by`, digits are an id and all else is a username or an e-mail.

    An id is taken as it is: whether there is such a user, the next call says.
    """
    wanted = _wanted(names)
    if by == "id":
        return _sorted_out(wanted, {name: _by_id(name) for name in wanted})
    digits = {name: _by_id(name) for name in wanted if by is None and name.isdecimal()}
    others = [name for name in wanted if name not in digits]
    kind = _users(client, (by,) if by else ("username", "email"))
    matches = {name: _distinct(map(kind.match, items)) for name, items in _matches(kind, others).items()}
    return _sorted_out(wanted, digits | matches)


def find_users(client: Client, names: Iterable[str], *, by: Literal["username", "email"]) -> dict[str, list[Any]]:
    """All of every user of that name, for who wants to see more than an id."""
    return _matches(_users(client, (by,)), _wanted(names))


def courses(client: Client, names: Iterable[str]) -> Resolved:
    """Courses by id, code or name. Digits that are one course's id and another's code are ambiguous."""
    return _catalog(_Kind(client.list_courses, "id", ("code", "name"), ("code", "name")), names)


def plans(client: Client, names: Iterable[str]) -> Resolved:
    """Learning plans by id, code or title; as courses."""
    kind = _Kind(client.list_learning_plans, "learning_plan_id", ("code", "title"), ("code", "title"))
    return _catalog(kind, names)


def _users(client: Client, names: tuple[str, ...]) -> _Kind:
    # a server may take `full` to mean the capitals too
    return _Kind(client.list_users, "user_id", names, ("username", "fullname"), ({"match_type": "full"}, {}))


def _catalog(kind: _Kind, names: Iterable[str]) -> Resolved:
    wanted = _wanted(names)
    ids = {name: _by_id(name.removeprefix(ID_PREFIX)) for name in wanted if name.removeprefix(ID_PREFIX).isdecimal()}
    matches = _matches(kind, [name for name in wanted if not (name in ids and name.startswith(ID_PREFIX))])
    candidates = {name: _distinct([*ids.get(name, ()), *map(kind.match, matches.get(name, ()))]) for name in wanted}
    return _sorted_out(wanted, candidates)


def _matches(kind: _Kind, names: list[str]) -> dict[str, list[Any]]:
    """What each name may mean: searches for each name, or all of the list, whichever is fewer calls."""
    keys = {_key(name): name for name in names}
    matches = _all_read(kind, keys.keys(), len(names) + 1) if len(names) > 1 else None
    if matches is None:
        matches = {key: _searched(kind, key, name) for key, name in keys.items()}
    return {name: _best(name, matches[_key(name)], kind) for name in names}


def _all_read(kind: _Kind, keys: Set[str], most: int) -> dict[str, list[Any]] | None:
    """The items by the keys that they have, one page after another: there may be 100,000. None for more pages."""
    everything = kind.search(page_size=PAGE)
    total = everything.total_count
    if total is not None and -(-total // PAGE) > most:
        return None
    matches: dict[str, list[Any]] = {key: [] for key in keys}
    for number, page in enumerate(everything.pages(), 1):
        if number > most:
            return None
        for item in page["items"]:
            for key in _keys(item, kind) & keys:
                matches[key].append(item)
    return matches


def _searched(kind: _Kind, key: str, name: str) -> list[Any]:
    for how in kind.how:
        listing = kind.search(search_text=_normal(name), page_size=PAGE, **how)
        if matches := [item for item in listing if key in _keys(item, kind)]:
            return matches
    return []


def _best(name: str, items: list[Any], kind: _Kind) -> list[Any]:
    """Those that are spelled exactly so; else all."""
    exact = [item for item in items if _normal(name) in {_normal(item.get(column)) for column in kind.names}]
    return exact or items


def _sorted_out(names: Iterable[str], matches: Mapping[str, list[Match]]) -> Resolved:
    resolved = Resolved()
    for name in names:
        match matches[name]:
            case []:
                resolved.unknown.append(name)
            case [one]:
                resolved.unique[name] = one
            case several:
                resolved.ambiguous[name] = several
    return resolved


def _by_id(text: str) -> list[Match]:
    usable = text.isascii() and text.isdecimal() and not text.startswith("0") and len(text) <= LONGEST_ID
    return [Match(int(text), text)] if usable else []


def _distinct(matches: Iterable[Match]) -> list[Match]:
    return list({match.id: match for match in matches}.values())


def _wanted(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))


def _keys(item: Mapping[str, Any], kind: _Kind) -> set[str]:
    return {_key(item[name]) for name in kind.names if item.get(name)}


def _key(text: object) -> str:
    return _normal(text).casefold()


def _normal(text: object) -> str:
    # a code of digits may come as a number; and a Mac writes an accent as a character of its own
    return unicodedata.normalize("NFC", "" if text is None else str(text).strip())
