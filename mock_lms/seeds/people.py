"""What a seed file says about people: where they stand in the company, in which groups they are, who manages them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Table

from mock_lms.domain.values import MAX_LONG_TEXT
from mock_lms.seeds.fields import Fields
from mock_lms.seeds.nodes import Node, shown
from mock_lms.seeds.values import Reader, Record, date_time, items, known, new_id, once, record, text, truth
from mock_lms.storage import tables


class People:
    """The rows around users. A section is read by the method of its name."""

    def __init__(self, rows: dict[Table, list[Record]], fields: Fields, user: Callable[[Node], int]) -> None:
        self._rows = rows
        self._user = user
        self._branches: dict[int, int] = {}
        self._managed: list[tuple[int, list[Node]]] = []
        self.of_user: dict[str, Reader] = {
            "language": text(1),
            "timezone": text(1),
            "expires_at": date_time,
            "last_access_at": date_time,
            "email_validated": truth,
            "branches": items,
            "managers": items,
            "fields": fields.values("user"),
        }
        """What may be said of a user beside the names and the like."""

    def complete(self, user: Record) -> Record:
        """The user's row: what is kept in other tables goes there, and what was not said gets its default."""
        branch = known("branch", self._branches)
        lines: dict[Any, int] = {}
        for node in user.pop("branches") or ():
            once(node, lines, branch(node), f"the user is in branch {branch(node)}")
            self._rows[tables.branch_members].append({"branch_id": branch(node), "user_id": user["id"]})
        for field, value in user.pop("fields") or ():
            row = {"user_id": user["id"], "field_id": field, "value": value}
            self._rows[tables.user_field_values].append(row)
        self._managed.append((user["id"], user.pop("managers") or []))
        defaults = {"language": "en", "timezone": "UTC", "email_validated": 0}
        return user | {name: user[name] or default for name, default in defaults.items()}

    def branches(self, entries: Sequence[Node], _: str) -> None:
        required = {"id": new_id("branch", self._branches), "name": text(1)}
        for entry in entries:
            # not itself: its id is known only when it was read
            parent = known("branch", frozenset(self._branches))
            branch = record(entry, required, {"code": text(), "parent": parent})
            branch |= {"code": branch["code"] or "", "parent_id": branch.pop("parent")}
            self._rows[tables.branches].append(branch)

    def managers(self, user_ids: dict[str, int]) -> None:
        """Who manages whom, once every user is known: a manager is named by the username or the id."""
        for user_id, nodes in self._managed:
            lines: dict[Any, int] = {}
            for node in nodes:
                name = text(1)(node)
                if name not in user_ids and not name.isdecimal():
                    raise node.refuse(f"there is no user {shown(name)} in this file")
                manager = user_ids[name] if name in user_ids else self._user(node)
                if manager == user_id:
                    raise node.refuse("nobody is their own manager")
                once(node, lines, manager, f"user {manager} is a manager of the user")
                self._rows[tables.managers].append({"user_id": user_id, "manager_id": manager})

    def groups(self, entries: Sequence[Node], since: str) -> None:
        lines: dict[int, int] = {}
        uuids: dict[Any, int] = {}
        required = {"id": new_id("group", lines), "name": text(1)}
        optional = {"uuid": text(1), "description": text(most=MAX_LONG_TEXT), "users": items}
        for entry in entries:
            group = record(entry, required, optional)
            group["uuid"] = group["uuid"] or f"00000000-0000-4000-8001-{group['id']:012}"
            once(entry, uuids, group["uuid"], f"there is a group with the uuid {shown(group['uuid'])}")
            members: dict[Any, int] = {}
            for node in group.pop("users") or ():
                once(node, members, self._user(node), f"the group has user {self._user(node)}")
                self._rows[tables.group_members].append({"group_id": group["id"], "user_id": self._user(node)})
            group |= {"description": group["description"] or "", "created_at": since, "updated_at": since}
            self._rows[tables.user_groups].append(group)
