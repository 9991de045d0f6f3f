"""Enrollments, tracking and certificates: facts out, decisions in. Sets in, sets out, whatever the number of users."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set

from sqlalchemy import BindParameter, Table, bindparam, case, delete, exists, func, insert, literal, select, update

from mock_lms.domain.enroll import Terms
from mock_lms.domain.enrollments import UsersById
from mock_lms.storage.catalog import new_ids
from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.elements import among, id_list, id_rows, ids_of
from mock_lms.storage.tables import (
    Number,
    certificates,
    course_enrollments,
    learning_plan_courses,
    learning_plan_enrollments,
    tracks,
)

# --- facts


def _by(table: Table, key: str, *conditions: object) -> Statement:
    """The users of each id of column `key`, of those asked for."""
    ids, users = table.c[key], table.c.user_id
    grouped = select(ids, id_list(users)).where(among(ids, "ids"), among(users, "users"), *conditions).group_by(ids)  # type: ignore[arg-type]
    return Statement(grouped)


_ENROLLED = _by(course_enrollments, "course_id")
_MEMBERS = _by(learning_plan_enrollments, "learning_plan_id")
_COMPLETED = _by(tracks, "course_id", tracks.c.status == "completed")
_CERTIFIED = {key: _by(certificates, key) for key in ("course_id", "learning_plan_id")}


def _users_by_id(
    transaction: Transaction, statement: Statement, ids: Collection[int], users: Collection[int]
) -> UsersById:
    if not ids or not users:
        return {}
    rows = transaction.rows(statement, ids=transaction.ids(ids), users=transaction.ids(users))
    return {row[0]: ids_of(row[1]) for row in rows}


def enrolled(transaction: Transaction, course_ids: Collection[int], user_ids: Collection[int]) -> UsersById:
    """Who of the users is in each of the courses."""
    return _users_by_id(transaction, _ENROLLED, course_ids, user_ids)


def members(transaction: Transaction, plan_ids: Collection[int], user_ids: Collection[int]) -> UsersById:
    """Who of the users is in each of the learning plans."""
    return _users_by_id(transaction, _MEMBERS, plan_ids, user_ids)


def completed(transaction: Transaction, course_ids: Collection[int], user_ids: Collection[int]) -> UsersById:
    """Whose tracking in each of the courses says completed, enrolled or not."""
    return _users_by_id(transaction, _COMPLETED, course_ids, user_ids)


def certified(transaction: Transaction, key: str, ids: Collection[int], user_ids: Collection[int]) -> UsersById:
    """Who holds the certificate of each of these courses (`key` course_id) or plans (learning_plan_id)."""
    return _users_by_id(transaction, _CERTIFIED[key], ids, user_ids)


_ENROLLMENT_ID = Statement(
    select(course_enrollments.c.id).where(
        course_enrollments.c.course_id == bindparam("course"), course_enrollments.c.user_id == bindparam("user")
    )
)


def enrollment_id(transaction: Transaction, course_id: int, user_id: int) -> int:
    """The enrollment's own id; 0 where there is none."""
    return transaction.number(_ENROLLMENT_ID, course=course_id, user=user_id)


_finishers = (
    select(learning_plan_enrollments.c.learning_plan_id, learning_plan_enrollments.c.user_id)
    .join(
        learning_plan_courses,
        learning_plan_courses.c.learning_plan_id == learning_plan_enrollments.c.learning_plan_id,
    )
    .outerjoin(
        tracks,
        (tracks.c.course_id == learning_plan_courses.c.course_id)
        & (tracks.c.user_id == learning_plan_enrollments.c.user_id)
        & (tracks.c.status == "completed"),
    )
    .where(
        among(learning_plan_enrollments.c.learning_plan_id, "ids"), among(learning_plan_enrollments.c.user_id, "users")
    )
    .group_by(learning_plan_enrollments.c.learning_plan_id, learning_plan_enrollments.c.user_id)
    .having(func.count() == func.count(tracks.c.user_id))
    .subquery("finishers")
)
_FINISHED = Statement(
    select(_finishers.c.learning_plan_id, id_list(_finishers.c.user_id)).group_by(_finishers.c.learning_plan_id)
)


def finished(transaction: Transaction, plan_ids: Collection[int], user_ids: Collection[int]) -> UsersById:
    """Which of the members of each learning plan have completed all of its courses."""
    return _users_by_id(transaction, _FINISHED, plan_ids, user_ids)


# --- decisions


def _delete(table: Table, key: str) -> Statement:
    return Statement(delete(table).where(among(table.c[key], "ids"), among(table.c.user_id, "users")))


_UNENROLL = _delete(course_enrollments, "course_id")
_LEAVE = _delete(learning_plan_enrollments, "learning_plan_id")
_WIPE = _delete(tracks, "course_id")
_REVOKE = {key: _delete(certificates, key) for key in ("course_id", "learning_plan_id")}


def unenroll(transaction: Transaction, courses: UsersById) -> None:
    """Takes the users from the courses. Their tracking stays."""
    _run_in_blocks(transaction, _UNENROLL, courses)


def leave(transaction: Transaction, plans: UsersById) -> None:
    """Takes the users from the learning plans."""
    _run_in_blocks(transaction, _LEAVE, plans)


def wipe_tracks(transaction: Transaction, courses: UsersById) -> None:
    """Forgets the users' tracking in the courses."""
    _run_in_blocks(transaction, _WIPE, courses)


def revoke_certificates(transaction: Transaction, key: str, ids: UsersById) -> None:
    """Deletes the users' certificates of the courses (`key` course_id) or plans (learning_plan_id)."""
    _run_in_blocks(transaction, _REVOKE[key], ids)


def _run_in_blocks(transaction: Transaction, statement: Statement, users_by_id: UsersById, **values: object) -> None:
    for ids, users in _blocks(users_by_id):
        transaction.run(statement, ids=transaction.ids(ids), users=transaction.ids(users), **values)


def _blocks(users_by_id: UsersById) -> Iterator[tuple[list[int], Set[int]]]:
    """Ids with the very same users belong together: most calls are one statement."""
    blocks: dict[frozenset[int], list[int]] = {}
    for key, users in users_by_id.items():
        blocks.setdefault(frozenset(users), []).append(key)
    for users, ids in blocks.items():
        yield ids, users


_new_users = id_rows("users").table_valued("value", "position")


def _insert_each(table: Table, key: str, *constants: str) -> Statement:
    """A row for each of the users, with the same constants in each."""
    values = [bindparam(name, type_=table.c[name].type) for name in (key, *constants)]
    columns = [key, *constants, "user_id"]
    if "id" in table.c:
        columns.append("id")
        return Statement(
            insert(table).from_select(
                columns,
                select(*values, _new_users.c.value, bindparam("before", type_=Number) + _new_users.c.position),
            )
        )
    return Statement(insert(table).from_select(columns, select(*values, _new_users.c.value)))


_TERMS = ("assignment_type", "valid_from", "valid_until", "enrolled_at", "enrolled_by", "updated_at")
_ENROLL = _insert_each(course_enrollments, "course_id", "level", *_TERMS)
_JOIN = _insert_each(learning_plan_enrollments, "learning_plan_id", *_TERMS)
_ISSUE = {key: _insert_each(certificates, key, "title", "issued_at") for key in ("course_id", "learning_plan_id")}


def enroll(transaction: Transaction, courses: UsersById, terms: Terms, *, at: str, actor_id: int | None) -> None:
    """New enrollments. What tracking there is begins to show again."""
    for course, users in courses.items():
        transaction.run(
            _ENROLL,
            users=transaction.ids(users),
            before=new_ids(transaction, course_enrollments, len(users)).start - 1,
            course_id=course,
            level=int(terms.level),
            assignment_type=terms.assignment_type,
            valid_from=terms.valid_from,
            valid_until=terms.valid_until,
            enrolled_at=terms.enrolled_at or at,
            enrolled_by=actor_id,
            updated_at=at,
        )


def join(
    transaction: Transaction, plan_id: int, users: Set[int], terms: Terms, *, at: str, actor_id: int | None
) -> None:
    """New members of a learning plan."""
    transaction.run(
        _JOIN,
        users=transaction.ids(users),
        learning_plan_id=plan_id,
        assignment_type=terms.assignment_type,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        enrolled_at=terms.enrolled_at or at,
        enrolled_by=actor_id,
        updated_at=at,
    )


def issue_certificates(
    transaction: Transaction, key: str, ids: UsersById, titles: Mapping[int, str], *, at: str
) -> None:
    """Certificates of the courses (`key` course_id) or plans (learning_plan_id)."""
    for target, users in ids.items():
        before = new_ids(transaction, certificates, len(users)).start - 1
        certificate = {key: target, "title": titles[target], "issued_at": at}
        transaction.run(_ISSUE[key], users=transaction.ids(users), before=before, **certificate)


_START_TRACKING = Statement(
    insert(tracks).from_select(
        ["course_id", "user_id", "status", "time_spent"],
        select(course_enrollments.c.course_id, course_enrollments.c.user_id, literal("subscribed"), literal(0)).where(
            among(course_enrollments.c.course_id, "ids"),
            among(course_enrollments.c.user_id, "users"),
            ~exists().where(
                tracks.c.course_id == course_enrollments.c.course_id, tracks.c.user_id == course_enrollments.c.user_id
            ),
        ),
    )
)

_made: dict[tuple[object, ...], Statement] = {}


def _update(
    table: Table, columns: Collection[str], if_empty: Collection[str] = (), if_completed: Collection[str] = ()
) -> Statement:
    shape = (table.name, frozenset(columns), frozenset(if_empty), frozenset(if_completed))
    if shape not in _made:

        def new(name: str) -> BindParameter[object]:
            return bindparam(f"new_{name}", type_=table.c[name].type)

        values: dict[str, object] = {name: new(name) for name in columns}
        values |= {name: func.coalesce(table.c[name], new(name)) for name in if_empty}
        values |= {name: case((table.c.status == "completed", new(name)), else_=table.c[name]) for name in if_completed}
        condition = among(table.c.course_id, "ids"), among(table.c.user_id, "users")
        _made[shape] = Statement(update(table).values(values).where(*condition))
    return _made[shape]


def update_enrollments(transaction: Transaction, courses: UsersById, values: Mapping[str, object]) -> None:
    """Gives these enrollments these column values."""
    named = {f"new_{name}": value for name, value in values.items()}
    _run_in_blocks(transaction, _update(course_enrollments, values.keys()), courses, **named)


def update_tracks(
    transaction: Transaction,
    courses: UsersById,
    values: Mapping[str, object],
    *,
    if_empty: Mapping[str, object],
    if_completed: Mapping[str, object],
) -> None:
    """Gives the tracking of these enrollments these column values; where there is none, it begins.

    Those of `if_empty` go where there is no value yet, those of `if_completed` where the status is completed.
    """
    if_empty = {name: value for name, value in if_empty.items() if name not in values}
    named = {f"new_{name}": value for name, value in {**values, **if_empty, **if_completed}.items()}
    if values or if_empty:
        _run_in_blocks(transaction, _START_TRACKING, courses)
    if named:
        statement = _update(tracks, values.keys(), if_empty.keys(), if_completed.keys())
        _run_in_blocks(transaction, statement, courses, **named)
