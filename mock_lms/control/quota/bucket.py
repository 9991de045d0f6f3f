"""The quota: a token bucket on the tenant's clock, which fills all the time and not once an hour.

docebo-api.md 8: 1,000 calls an hour for each source IP, then 429; DataGrail's documentation calls it a leaky bucket.
`Retry-After` is an addition of the mock, since no source has the header; so is one bucket a tenant, whatever the IP.

Everything is counted in whole parts, so that nothing drifts: a call costs `limit.seconds` million parts, and in each
microsecond `limit.calls` parts come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal, cast

from mock_lms.domain.errors import InvalidRequest

Form = Literal["seconds", "date"]

SECOND = 1_000_000
MOST = {"calls": 1_000_000, "seconds": 86_400}
FORMS = ("seconds", "date")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in so many seconds, all of which may come at once; `form` is how `Retry-After` is written.

    `Limit()` is what the vendor documents.
    """

    calls: int = 1_000
    seconds: int = 3_600
    form: Form = "seconds"

    @classmethod
    def of(cls, content: object) -> Limit:
        """The limit of JSON such as `{"calls": 1000, "seconds": 3600, "retry_after": "date"}`. Raises `InvalidRequest`.

        What is left out is as the vendor documents it.
        """
        if not isinstance(content, dict):
            raise InvalidRequest("quota", "this must be an object with calls, seconds and retry_after")
        for key in content:
            if key not in {*MOST, "retry_after"}:
                raise InvalidRequest("quota", f"{str(key)[:60]!r} is no key; there are calls, seconds and retry_after")
        calls, seconds = (_whole(content, key, getattr(cls(), key)) for key in MOST)
        form = content.get("retry_after", FORMS[0])
        if form not in FORMS:
            raise InvalidRequest("quota.retry_after", f"this must be one of {', '.join(FORMS)}")
        return cls(calls, seconds, cast("Form", form))

    def dump(self) -> dict[str, Any]:
        """The limit as JSON, of which `of` makes the same limit again."""
        return {"calls": self.calls, "seconds": self.seconds, "retry_after": self.form}


@dataclass(frozen=True, slots=True)
class Bucket:
    """What calls have taken from one limit. `Bucket()` is full; another limit begins with another bucket.

    `spent` is what a full bucket has more, in parts, at the moment `last`. `taken` calls passed and `refused` did not;
    `early` are the calls of either kind that came before `told_until`, the moment that the last `Retry-After` named.
    Moments are microseconds since 1970, UTC.
    """

    spent: int = 0
    last: int = 0
    taken: int = 0
    refused: int = 0
    early: int = 0
    told_until: int | None = None


def take(limit: Limit, bucket: Bucket, now_us: int) -> tuple[Bucket, int | None]:
    """The bucket after a call, and None if the call passes, else the whole seconds after which one would.

    A clock that was set back gives nothing back; what was promised on the old time is forgotten then, because who keeps
    to it cannot come at the right moment.
    """
    spent = _spent(limit, bucket, now_us)
    told = bucket.told_until if now_us >= bucket.last else None
    early = bucket.early + (told is not None and now_us < told)
    cost = limit.seconds * SECOND
    lacking = spent + cost - limit.calls * cost
    if lacking <= 0:
        return Bucket(spent + cost, now_us, bucket.taken + 1, bucket.refused, early, told), None
    wait = _up(lacking, limit.calls * SECOND)
    told = _promised(limit, wait, now_us)
    return Bucket(spent, now_us, bucket.taken, bucket.refused + 1, early, told), wait


def retry_after(limit: Limit, seconds: int, now_us: int) -> str:
    """The header's value for what `take` returned at `now_us`. A date is one of the tenant's clock, rounded up."""
    if limit.form == "seconds":
        return str(seconds)
    return _http_date(_promised(limit, seconds, now_us))


def date(limit: Limit, now_us: int) -> str | None:
    """The `Date` beside a Retry-After that is a date: clients take the difference, as RFC 9110 has it."""
    return None if limit.form == "seconds" else _http_date(now_us)


def _http_date(microseconds: int) -> str:
    return format_datetime(_EPOCH + timedelta(microseconds=microseconds), usegmt=True)


def report(limit: Limit, bucket: Bucket, now_us: int) -> dict[str, Any]:
    """How things stand, for people."""
    cost = limit.seconds * SECOND
    return {
        "limit": limit.dump(),
        "remaining": (limit.calls * cost - _spent(limit, bucket, now_us)) // cost,
        "taken": bucket.taken,
        "refused": bucket.refused,
        "early": bucket.early,
    }


def dump(bucket: Bucket) -> dict[str, int | None]:
    """The bucket as JSON, for storage."""
    return {item.name: getattr(bucket, item.name) for item in fields(bucket)}


def load(content: Mapping[str, Any]) -> Bucket:
    """The bucket that `dump` wrote."""
    return Bucket(**content)


def _spent(limit: Limit, bucket: Bucket, now_us: int) -> int:
    """What is still missing at this moment."""
    return max(0, bucket.spent - max(0, now_us - bucket.last) * limit.calls)


def _promised(limit: Limit, seconds: int, now_us: int) -> int:
    """The moment that `Retry-After` names. A date has no fractions, so it is the next whole second."""
    moment = now_us + seconds * SECOND
    return moment if limit.form == "seconds" else _up(moment, SECOND) * SECOND


def _up(number: int, by: int) -> int:
    """The quotient, rounded up."""
    return -(-number // by)


def _whole(content: Mapping[str, object], key: str, default: int) -> int:
    value = content.get(key, default)
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    if type(number) is not int or not 1 <= number <= MOST[key]:
        raise InvalidRequest(f"quota.{key}", f"this must be a whole number from 1 to {MOST[key]:,}")
    return number
