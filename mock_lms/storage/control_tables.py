"""What a tenant has beside its data: how it is controlled, and who may enter.

Each table says its scope, which is how a reset finds it: `clock`, `faults`, `quota`, `journal`, `jobs`. Those of scope
`kept` stay, whatever is reset: what the tenant is, its tokens, so that a client need not log in again, and its clients'
keys.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

from mock_lms.storage.tables import Number

control = MetaData()

SCOPES = ("data", "clock", "faults", "quota", "journal", "jobs")
"""What can be reset."""

tenant = Table(
    "tenant",
    control,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    info={"scope": "kept"},
)
"""What the tenant is: the format of its tables, its seed and policy, and which data is its own now."""

clock = Table(
    "clock",
    control,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    info={"scope": "clock"},
)
"""No row: the real time."""

faults = Table(
    "faults",
    control,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False),
    Column("seen", Number, nullable=False, server_default="0"),
    Column("fired", Number, nullable=False, server_default="0"),
    info={"scope": "faults"},
)
"""The rules, in order; how many calls each concerned, and how often it acted."""

quota = Table(
    "quota",
    control,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("limits", Text, nullable=False),
    Column("bucket", Text, nullable=False),
    info={"scope": "quota"},
)
"""No row: no limit."""

journal = Table(
    "journal",
    control,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("operation", Text),
    Column("through", Number, nullable=False),
    Column("entry", Text, nullable=False),
    info={"scope": "journal"},
)
"""The calls of the vendor's API, as JSON. Bounded: the oldest go."""

oauth_tokens = Table(
    "oauth_tokens",
    control,
    Column("hash", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("user_id", Number, nullable=False),
    Column("identity", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("expires_at", Number, nullable=False),
    Column("details", Text),
    Index("oauth_tokens_by_expiry", "expires_at"),
    Index("oauth_tokens_by_user", "user_id"),
    info={"scope": "kept"},
)
"""Access tokens, refresh tokens and authorization codes, by the SHA-256 of what the client holds.

`user_id` and `identity` are those of the user to whom it was given."""

jobs = Table(
    "jobs",
    control,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Number, nullable=False),
    Column("done", Number, nullable=False, server_default="0"),
    Column("total", Number, nullable=False, server_default="0"),
    Column("errors", Number, nullable=False, server_default="0"),
    Column("author_id", Number),
    Column("request", Text, nullable=False),
    Column("log", Text, nullable=False, server_default="[]"),
    Column("created_at", Text, nullable=False),
    Column("started_at", Text),
    Column("ended_at", Text),
    Index("jobs_by_moment", "state", "due_at", "id"),
    info={"scope": "jobs"},
)
"""What happens without a request: when it is due, in seconds of the tenant's clock since 1970, and how far it is.

Bounded: the oldest that have ended go."""

job_results = Table(
    "job_results",
    control,
    Column("job_id", Number, primary_key=True, autoincrement=False),
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("piece", LargeBinary, nullable=False),
    info={"scope": "jobs"},
)
"""The file that a job made, in pieces."""

leases = Table(
    "leases",
    control,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Number, nullable=False),
    info={"scope": "kept"},
)
"""Who does the tenant's jobs, until when: milliseconds of the real time since 1970."""
client_keys = Table(
    "client_keys",
    control,
    Column("client_id", Text, primary_key=True),
    Column("public_key", Text, nullable=False),
    info={"scope": "kept"},
)
"""The public keys, as PEM, of clients that sign what they are: a JWT in place of a secret."""
