"""A verify from beginning to end: each pair of a plan is read back, and becomes a row of the result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import groupby, islice, zip_longest
from pathlib import Path

from mock_lms_client.client import Client
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll import backup_file
from mock_lms_client.unenroll.document import Damaged, Document, Json
from mock_lms_client.unenroll.files import backup_of, journal_of, marks_of
from mock_lms_client.unenroll.journal import Entry, Journal, Stage, open_journal
from mock_lms_client.unenroll.labels import titles, usernames
from mock_lms_client.unenroll.marks import Marks, open_marks
from mock_lms_client.unenroll.observe import USERS_PER_READ, Observer, Row, chunks
from mock_lms_client.unenroll.pairs import COURSE, GOES, PLAN
from mock_lms_client.unenroll.plan_file import check_usable, pairs_of
from mock_lms_client.unenroll.progress import Progress
from mock_lms_client.unenroll.tables import table
from mock_lms_client.unenroll.verify.judge import Verified, judge

COLUMNS = ("user_id", "username", "kind", "target_id", "title", "planned", "result", "reason", "as_planned")


def verify_plan(client: Client, plan: Document, output: Path, progress: Progress = lambda _: None) -> Verified:
    """Reads back every pair of the plan and writes a row for each, in the plan's order, to `output`.

    Raises `Stopped` where there is nothing to verify, and `ClientError` where something cannot be read. Then `output`
    is as it was.
    """
    check_usable(plan, client.tenant, datetime.now(UTC), begun=True)  # an old plan can still be verified
    path = journal_of(plan.path)
    if not path.exists():
        raise Stopped(f"there is no {path}: nothing was applied", Exit.NOTHING_DONE)
    with open_journal(path) as journal:
        facts = journal.facts()
        if "plan" not in facts:
            raise Stopped(f"{path} is empty: nothing was applied", Exit.NOTHING_DONE)
        if facts["plan"] != plan.sha256:
            raise Stopped(f"{path} is the journal of another plan; nothing was verified", Exit.NOTHING_DONE)
        return _verify(client, plan, journal, output, progress)


def _verify(client: Client, plan: Document, journal: Journal, output: Path, progress: Progress) -> Verified:
    verified = Verified(client.tenant)
    observer = Observer(client)
    sent = frozenset(call.number for call in journal.calls(Stage.SENT))
    with ExitStack() as stack:
        marks = _marks(plan, journal, stack)
        rows = stack.enter_context(table(output, COLUMNS))
        named, backup = titles(plan), _backup(plan, journal)
        for some in chunks(_by_user(plan, journal), USERS_PER_READ):
            entries = [entry for own in some for entry in own]
            present, seen = _present(observer, entries)
            known = dict(usernames([*_rows_of(entries, backup), *seen]))
            restored = marks.stages(entries[0].number, entries[-1].number) if marks else {}
            for entry in entries:
                verdict = judge(
                    entry,
                    present=entry.number in present,
                    sent=entry.call in sent,
                    restored=entry.number in restored,
                )
                pair = entry.pair
                who = pair.user_id, known.get(pair.user_id, "")
                target = pair.kind, pair.target_id, named.get((pair.kind, pair.target_id), "")
                planned = "yes" if verdict.as_planned else "no"
                rows.add((*who, *target, pair.intent, verdict.result, verdict.reason, planned))
                verified.add(entry, verdict)
            progress(len(entries))
    return verified


def _by_user(plan: Document, journal: Journal) -> Iterator[list[Entry]]:
    """The journal's entries of one user at a time. Raises `Stopped` where they are not the plan's."""

    def checked() -> Iterator[Entry]:
        for pair, entry in zip_longest(pairs_of(plan), journal.every()):
            if entry is None or pair != entry.pair:
                line = f"{journal.path} and {plan.path} do not fit each other; nothing was verified"
                raise Stopped(line, Exit.NOTHING_DONE)
            yield entry

    for _, own in groupby(checked(), key=lambda entry: entry.pair.user_id):
        yield [*own]


def _present(observer: Observer, entries: list[Entry]) -> tuple[set[int], list[Row]]:
    """The numbers of those that are enrolled, of at most `USERS_PER_READ` users; and the rows that say so."""
    users = [*dict.fromkeys(entry.pair.user_id for entry in entries)]
    courses, plans = ({entry.pair.target_id for entry in entries if entry.pair.kind == kind} for kind in (COURSE, PLAN))
    seen = observer.look(users, courses, plans)
    there = {COURSE: seen.courses, PLAN: seen.plans}
    present = {entry.number for entry in entries if entry.key in there[entry.pair.kind]}
    return present, [*seen.courses.values(), *seen.plans.values()]


def _backup(plan: Document, journal: Journal) -> Iterator[Json]:
    """The rows of the backup, which has the names of those who are gone. None where it is not the one that was made."""
    try:
        backup = Document(backup_of(plan.path), backup_file.FORM, backup_file.ROWS)
    except (OSError, Damaged):
        return
    if backup.sha256 == journal.facts().get("backup"):
        yield from backup.rows()


def _rows_of(entries: Iterable[Entry], backup: Iterator[Json]) -> Iterator[Json]:
    """The rows of these entries: there is one for each that was to go, in the same order."""
    return islice(backup, sum(entry.pair.intent in GOES for entry in entries))


def _marks(plan: Document, journal: Journal, stack: ExitStack) -> Marks | None:
    """What a restore asked for, if there was one."""
    path = marks_of(backup_of(plan.path))
    return stack.enter_context(open_marks(path, journal.facts().get("backup", ""))) if path.exists() else None
