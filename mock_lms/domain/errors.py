"""Every refusal of the LMS. What is refused per user and target inside a bulk call is data, not an error.

    LmsError
    ├── InvalidRequest         the request makes no sense; names the field
    │   └── TooManyUsers, NoTarget, HeldByLearningPlan, HasNoSessions
    ├── WrongLogin, InvalidToken, InvalidControlToken
    ├── NotAllowed, ForeignPage
    ├── NotFound
    │   ├── OperationNotFound
    │   ├── UserNotFound, CourseNotFound, LearningPlanNotFound, CatalogNotFound, GroupNotFound
    │   ├── NotEnrolled, SingularPath
    │   ├── CursorNotFound, JobNotFound, ReportNotFound
    │   └── TenantNotFound, SnapshotNotFound, KeyNotFound
    ├── UsernameTaken, TenantExists, JobEnded
    ├── JournalIncomplete, TooManyWaiting
    ├── BodyTooLarge, EncodedBody
    ├── HostNotServed, Injected (QuotaExceeded): what a fault answers in the LMS's place
    ├── Unavailable            the mock's own database does not answer
    └── StorageFailed          the disk or the database under the mock
        └── DiskFull, NotWritable, TooManyFiles

They have no statuses here: `http/errors.py` gives each its own.
"""

from __future__ import annotations


class LmsError(Exception):
    """The root of all refusals. `str()` is one or more sentences for the caller."""


class InvalidRequest(LmsError):
    """A value cannot be used. `field` is its name, with its position: `user_ids.3`."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


class TooManyUsers(InvalidRequest):
    """More users than one call takes."""

    def __init__(self, count: int, cap: int) -> None:
        super().__init__("user_ids", f"{count:,} users are more than the {cap:,} of one call. Send them in batches.")


class NoTarget(InvalidRequest):
    """An unenrollment that names neither a course nor a learning plan."""

    def __init__(self) -> None:
        super().__init__("course_ids, learningplan_ids", "at least one course or learning plan is needed.")


class HeldByLearningPlan(InvalidRequest):
    """The course can't be left while one of the user's learning plans contains it."""

    def __init__(self, user_id: int, course_id: int) -> None:
        super().__init__(
            "course_id", f"a learning plan of user {user_id} contains course {course_id}. Leave the plan first."
        )


class HasNoSessions(InvalidRequest):
    """Only classroom courses have sessions. Source: docebo-api.md 3, which has the middle of the sentence."""

    def __init__(self, course_id: int) -> None:
        super().__init__("course_id", f"course {course_id} does not have sessions, since it is no classroom course.")


class WrongLogin(LmsError):
    """A login that is not good. It does not say why, since that would tell who is here."""

    def __init__(self) -> None:
        super().__init__("The username or password is wrong, or the user is not active.")


class InvalidToken(LmsError):
    """No token, or one that is unknown or expired."""

    def __init__(self) -> None:
        super().__init__("The access token is missing or not good. POST /oauth2/token gives one; it works for an hour.")


class InvalidControlToken(LmsError):
    """What controls the mock was called without its token."""

    def __init__(self) -> None:
        super().__init__("The control token is missing or wrong. The server prints it when it starts.")


class ForeignPage(LmsError):
    """A web page of another origin sent the call."""

    def __init__(self, origin: str) -> None:
        super().__init__(f"A page of another origin ({origin[:100]}) may not control the mock.")


class NotAllowed(LmsError):
    """The token's user may not do this."""

    def __init__(self) -> None:
        super().__init__("This call needs a superadmin's token.")


class NotFound(LmsError):
    """What the path names does not exist."""


class OperationNotFound(NotFound):
    """The path is that of no operation. Programs tell it from a missing thing by the `code` of the answer."""

    def __init__(self, path: str) -> None:
        doubled = " A / in it is doubled." if "//" in path else ""
        super().__init__(f"There is no {path[:200]} here.{doubled} /api-browser/ shows what there is.")


class UserNotFound(NotFound):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"User {user_id} does not exist.")


class CourseNotFound(NotFound):
    def __init__(self, course_id: int) -> None:
        super().__init__(f"Course {course_id} does not exist.")


class LearningPlanNotFound(NotFound):
    def __init__(self, learning_plan_id: int) -> None:
        super().__init__(f"Learning plan {learning_plan_id} does not exist.")


class GroupNotFound(NotFound):
    def __init__(self, group: int | str) -> None:
        super().__init__(f"Group {str(group)[:100]} does not exist.")


class CatalogNotFound(NotFound):
    def __init__(self, catalog_id: int) -> None:
        super().__init__(f"Catalog {catalog_id} does not exist.")


class NotEnrolled(NotFound):
    def __init__(self, user_id: int, course_id: int) -> None:
        super().__init__(f"User {user_id} is not enrolled in course {course_id}.")


class SingularPath(NotFound):
    """The path in the singular, where the policy does not serve it."""

    def __init__(self, course_id: int, user_id: int) -> None:
        super().__init__(f"This path is not served. DELETE /learn/v1/enrollments/{course_id}/{user_id} is.")


class CursorNotFound(NotFound):
    """The cursor is none that this server answered."""

    def __init__(self) -> None:
        super().__init__("No list gave this cursor. A list gives one when it is asked with get_cursor=1.")


class JobNotFound(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"Job {name[:100]} does not exist.")


class JobEnded(LmsError):
    def __init__(self, state: str) -> None:
        super().__init__(f"The job is {state} already, and can't be aborted.")


class ReportNotFound(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"Report {name[:100]} does not exist.")


class TenantNotFound(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no tenant {name[:100]}.")
        self.name = name


class SnapshotNotFound(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no snapshot {name[:100]}.")


class KeyNotFound(NotFound):
    def __init__(self, client_id: str) -> None:
        super().__init__(f"There is no key of a client {client_id[:100]}.")


class UsernameTaken(LmsError):
    def __init__(self, username: str) -> None:
        super().__init__(f"There is a user {username} already.")


class TenantExists(LmsError):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is a tenant {name} already.")
        self.name = name


class JournalIncomplete(LmsError):
    """Calls are gone from the journal that a verdict would have to look at."""

    def __init__(self, since: int, evicted: int) -> None:
        super().__init__(
            f"The journal no longer has calls {since + 1} to {evicted}, so nothing can be said. Verify more often, "
            "with `since` the last call of the time before; or clear the journal first."
        )


class BodyTooLarge(LmsError):
    """More bytes than are read of such a call's body."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The body is larger than the {most:,} bytes that are taken. Send less at a time.")


class EncodedBody(LmsError):
    """The body comes in a Content-Encoding. None but identity is decoded (RFC 9110, 15.5.16)."""

    def __init__(self, encoding: str) -> None:
        super().__init__(
            f"Content-Encoding: {encoding[:60]!r} is not decoded here. Send the body as it is, without this header."
        )


class TooManyWaiting(LmsError):
    """As many calls wait for others as may."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} calls wait in this worker, which is as many as may. Call again when some have ended.")


class Injected(LmsError):
    """A fault that somebody switched on. `status` is what is answered, `retry_after` the value of that header."""

    def __init__(self, status: int, message: str, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after = status, retry_after


class QuotaExceeded(Injected):
    """More calls than the tenant's quota. Source: docebo-api.md 8; the header is the mock's assumption.

    Where `retry_after` is a date, `date` is that of the answer by the same clock: the tenant's may stand still.
    """

    def __init__(self, retry_after: str, date: str | None = None) -> None:
        super().__init__(429, "Too many calls. Retry-After says when to come back.", retry_after)
        self.date = date


class Unavailable(LmsError):
    """The database that the mock keeps its tenants in cannot be reached, or broke off."""


class HostNotServed(LmsError):
    """The request is for a name that is not this server's: it may come from a foreign web page."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The host {host[:100]!r} is not served here. Use localhost, an address, or the name in --host; or start "
            "the server with --allow-host and this name, without the port."
        )


class StorageFailed(LmsError):
    """The disk or the database under the mock failed; `reason` is its own message.

    Nothing was changed, unless the call `may_be_in_part` carried out: one that takes several transactions.
    """

    problem = "The disk under the mock fails"
    remedy = "Look at the disk"

    def __init__(self, reason: str, *, may_be_in_part: bool = False) -> None:
        done, again = (
            ("The call may have been carried out in part", "look before you repeat it")
            if may_be_in_part
            else ("Nothing was changed", "call again")
        )
        super().__init__(f"{self.problem} ({reason}). {done}. {self.remedy}, then {again}.")
        self.reason = reason


class DiskFull(StorageFailed):
    problem = "The disk under the mock is full"
    remedy = "Make room"


class NotWritable(StorageFailed):
    problem = "The mock may not write to its own data"
    remedy = "Let it write"


class TooManyFiles(StorageFailed):
    problem = "The mock can open no more files"
    remedy = "Restart it with a higher `ulimit -n`"
