"""The tenants of the server: listed, made, described, dropped."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from mock_lms.clock import Clock
from mock_lms.control.sabotage import known
from mock_lms.domain.errors import InvalidRequest
from mock_lms.policy import Policy, UnknownPolicy
from mock_lms.services import clocks
from mock_lms.services.planting import Planting, is_large
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import DEFAULT, Tenants, check_name, size_of


def list_tenants(tenants: Tenants) -> list[str]:
    """The names of all."""
    return tenants.names()


def create_tenant(
    tenants: Tenants,
    *,
    name: str | None = None,
    seed: str | None = None,
    contents: str | None = None,
    users: int | None = None,
    courses: int | None = None,
    plans: int | None = None,
    policy: object = None,
    frozen_at: datetime | None = None,
    sabotage: str = "",
) -> Tenant | Planting:
    """Makes a tenant of a seed, or of a seed file's `contents`. Without a name it is given one.

    A large one is made by a process of its own, if the server has a planter: `planted` opens it once that has ended.
    `users`, `courses` and `plans` are the size of the seed `scale`; `policy` is JSON that assigns what
    differs from the server's. Raises `InvalidRequest`, `TenantExists`.
    """
    if seed is not None and contents is not None:
        raise InvalidRequest("contents", "they stand in place of a seed. Give one of the two.")
    arguments: dict[str, Any] = {
        "name": any_name() if name is None else name,
        "seed": seed or "demo",
        "sizes": _sizes(seed, users=users, courses=courses, plans=plans),
        "policy": _policy(tenants, policy),
        "clock": Clock(frozen_at) if frozen_at else None,
        "sabotage": _sabotage(sabotage),
        "contents": contents,
    }
    if tenants.planter is None or not is_large(arguments["seed"], arguments["sizes"], contents):
        return tenants.create(**arguments)
    tenants.check_new(arguments["name"])
    return tenants.planter.begin(arguments)


def planted(tenants: Tenants, planting: Planting) -> Tenant:
    """The tenant that was made by a process of its own, which has ended. Raises what `create_tenant` raises."""
    planting.check()
    return tenants.open(planting.name)


def get_tenant(tenants: Tenants, name: str) -> dict[str, Any]:
    """What the tenant is. Raises `InvalidRequest`, `TenantNotFound`."""
    return described(tenants.open(check_name(name)))


def drop_tenant(tenants: Tenants, name: str) -> None:
    """Removes a tenant with all that it has. Raises `InvalidRequest`, `TenantNotFound`."""
    if check_name(name) == DEFAULT:
        raise InvalidRequest("name", f"the tenant {DEFAULT} is that of calls that name none. It can be reset.")
    tenants.drop(name)


def described(tenant: Tenant) -> dict[str, Any]:
    """What the tenant is, as JSON."""
    return {
        "name": tenant.name,
        "path": tenant.path,
        "seed": tenant.entries["seed"],
        "made_at": tenant.entries["made_at"],
        "policy": tenant.policy.as_dict(),
        "sabotage": tenant.entries["sabotage"] or None,
        "clock": clocks.get_clock(tenant),
    }


def any_name() -> str:
    """A name for a tenant that was given none."""
    return f"t-{secrets.token_hex(4)}"


def _sizes(seed: str | None, **sizes: int | None) -> dict[str, int]:
    """The size of the seed `scale`; nothing for any other seed."""
    chosen = {name: size for name, size in sizes.items() if size is not None}
    if seed == "scale":
        return size_of(**chosen)
    for name in chosen:
        raise InvalidRequest(name, "this is the size of the seed scale, and the tenant has another.")
    return {}


def _policy(tenants: Tenants, assignments: object) -> Policy | None:
    """The server's policy, but for what is assigned; None where nothing is."""
    if assignments is None or assignments == {}:
        return None
    if not isinstance(assignments, dict):
        raise InvalidRequest("policy", "an object is needed, of names and values.")
    try:
        return tenants.policy.replace(f"{name}={value}" for name, value in assignments.items())
    except UnknownPolicy as error:
        raise InvalidRequest("policy", str(error)) from None


def _sabotage(name: str) -> str:
    if name and name not in known():
        raise InvalidRequest("sabotage", f"there is no {name!r}; `mock-lms sabotage` lists what there is.")
    return name
