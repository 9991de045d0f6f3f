"""Doing what a plan says: call by call, each noted before and after, and what is not known settled by reading."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from mock_lms_client.client import Client
from mock_lms_client.errors import ApiError, Refused, Unreachable
from mock_lms_client.unenroll.journal import Call, Entry, Journal, Outcome, Stage
from mock_lms_client.unenroll.observe import USERS_PER_READ, Observer, chunks
from mock_lms_client.unenroll.pair_errors import NO_REASON, NOT_ABOUT_PAIRS, PairErrors, id_in
from mock_lms_client.unenroll.pairs import COURSE, PLAN, Intent
from mock_lms_client.unenroll.progress import Progress
from mock_lms_client.unenroll.tables import one_line

REFUSED = 400

CALL = "bulk_unenroll"
"""The operation; a refusal may also come from the login before it."""

ATTEMPTS = 5
"""At one call whose answers are lost."""


class Executor:
    """Makes the calls of a journal that are not done yet."""

    def __init__(
        self,
        client: Client,
        journal: Journal,
        *,
        reset_tracks: bool,
        delete_certificates: bool,
        cascade: bool,
        contains: Mapping[int, Collection[int]],
    ) -> None:
        self._client = client
        self._journal = journal
        self._observer = Observer(client)
        self._reset_tracks, self._delete_certificates = reset_tracks, delete_certificates
        self._cascade, self._contains = cascade, contains
        self._progress: Progress = lambda _: None

    def find_out(self) -> None:
        """Settles by reading what became of the calls that were sent and whose outcome was not noted."""
        for call in self._journal.calls(Stage.SENT):
            self._find_out(call, Stage.SENT)

    def run(self, progress: Progress) -> None:
        """Makes each call that is left. Raises `ClientError` where it cannot go on; what was done is noted."""
        self._progress = progress
        for call in self._journal.calls(Stage.PLANNED, Stage.SENT):
            self._do(call)

    def _do(self, call: Call) -> None:
        first = call.attempts == 0
        for attempt in range(1, ATTEMPTS + 1):
            users = self._journal.users(call)
            if not users:
                left = self._journal.open(call.number)
                self._journal.settle(call.number, self._left(left), stage=Stage.DONE)
                return
            self._journal.sent(call.number)
            try:
                answer = self._send(call, users)
            except Refused as error:
                if error.operation != CALL or error.status in NOT_ABOUT_PAIRS or error.status < REFUSED:
                    self._journal.settle(call.number, [], stage=Stage.PLANNED)
                    raise
                self._journal.settle(call.number, [], stage=Stage.DONE, rest=(Outcome.REFUSED, one_line(str(error))))
                return
            except (Unreachable, ApiError) as error:
                if isinstance(error, Unreachable) and not error.sent:
                    self._journal.settle(call.number, [], stage=Stage.PLANNED)
                    raise
                self._find_out(call, Stage.SENT if attempt < ATTEMPTS else Stage.PLANNED)
                if attempt == ATTEMPTS:
                    raise
                first = False
                continue
            self._note(call, users, answer, first=first)
            return

    def _send(self, call: Call, users: list[int]) -> Mapping[str, Any]:
        plans = call.kind == PLAN
        return self._client.bulk_unenroll(
            users,
            course_ids=() if plans else call.targets,
            learningplan_ids=call.targets if plans else (),
            reset_tracks=self._reset_tracks,
            cascade_unenroll_from_courses_in_selected_learning_plan=plans and self._cascade,
            delete_issued_certificates=self._delete_certificates,
        )

    def _find_out(self, call: Call, stage: Stage) -> None:
        """What is gone went with this call: it was there before, and the call was sent. What is there is left to do.

        A call that stays `SENT` is looked for again by whoever resumes: a slow server may do it only now.
        """
        entries = self._journal.open(call.number)
        present = self.present(entries)
        gone = [entry for entry in entries if entry.number not in present]
        self._journal.settle(call.number, [(Outcome.REMOVED, "", entry.number) for entry in gone], stage=stage)
        self._progress(len(gone))

    def _note(self, call: Call, users: list[int], answer: Mapping[str, Any], *, first: bool) -> None:
        """An answer has come. Unless it says that all went well, what became of each pair is found out by reading."""
        errors, told = answer.get("errors"), answer.get("un_enrolled")
        lost = frozenset(map(id_in, told if isinstance(told, list) else users))
        unsure = self._journal.holds(call.number, Intent.EITHER)
        if first and errors == [] and not unsure and lost.issuperset(users):
            count = self._journal.open_count(call.number)
            self._journal.settle(call.number, [], stage=Stage.DONE, rest=(Outcome.REMOVED, ""), answer=answer)
            self._progress(count)
            return
        entries = self._journal.open(call.number)
        said = PairErrors(errors if isinstance(errors, list) else [])
        present = self.present(entries)
        stayed: dict[int, list[int]] = {}
        for entry in entries:
            if entry.pair.kind == PLAN and entry.number in present:
                stayed.setdefault(entry.pair.user_id, []).append(entry.pair.target_id)
        outcomes: list[tuple[str, str, int]] = []
        left = []
        for entry in entries:
            why = said.of(entry)
            if entry.number in present:
                own = stayed.get(entry.pair.user_id, ())
                if entry.pair.kind == call.kind or any(entry.pair.target_id in self._contains[plan] for plan in own):
                    outcomes.append((Outcome.REFUSED, why or NO_REASON, entry.number))
                else:
                    left.append(entry)
            elif first and not self._cascaded(call, entry) and (why or entry.pair.user_id not in lost):
                outcomes.append((Outcome.ABSENT, why, entry.number))
            else:
                outcomes.append((Outcome.REMOVED, "", entry.number))
        self._journal.settle(call.number, [*outcomes, *self._left(left)], stage=Stage.DONE, answer=answer)
        self._progress(len(entries))

    def _cascaded(self, call: Call, entry: Entry) -> bool:
        """Whether an earlier call of ours may have taken along what this one names."""
        return self._cascade and call.kind == entry.pair.kind == COURSE and entry.pair.via > 0

    @staticmethod
    def _left(entries: Iterable[Entry]) -> Iterator[tuple[str, str, int]]:
        """Courses that a cascade left where they were."""
        for entry in entries:
            if entry.pair.intent == Intent.EITHER:
                yield Outcome.KEPT, entry.pair.reason, entry.number
            else:
                yield Outcome.REFUSED, "the cascade did not take it along", entry.number

    def present(self, entries: Iterable[Entry]) -> set[int]:
        """The numbers of those entries that are enrolled."""
        by_user: dict[int, list[Entry]] = {}
        for entry in entries:
            by_user.setdefault(entry.pair.user_id, []).append(entry)
        numbers: set[int] = set()
        for users in chunks(by_user, USERS_PER_READ):
            some = [entry for user in users for entry in by_user[user]]
            courses = {entry.pair.target_id for entry in some if entry.pair.kind == COURSE}
            plans = {entry.pair.target_id for entry in some if entry.pair.kind == PLAN}
            seen = self._observer.look(users, courses, plans)
            for entry in some:
                if entry.key in (seen.courses if entry.pair.kind == COURSE else seen.plans):
                    numbers.add(entry.number)
        return numbers
