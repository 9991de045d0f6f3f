"""The service *audiences*: groups of users."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from mock_lms_client import types
from mock_lms_client.answers import Row
from mock_lms_client.asking import several, text_in_path
from mock_lms_client.funnel import Funnel
from mock_lms_client.listing import Listing
from mock_lms_client.types import Id

AUDIENCE = Row(types.Audience, ("id",))


class Audiences(Funnel):
    """Operations of openapi.yaml whose tag is `audiences`."""

    def list_audiences(
        self,
        *,
        search_text: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.Audience]:
        """The groups: where to look up an id or a uuid."""
        return self._list(
            "list_audiences",
            "/audiences/v1/audience",
            AUDIENCE,
            page_size,
            search_text=search_text,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def create_audience(self, name: str, *, description: str | None = None) -> types.Audience:
        """Creates a group without members."""
        body = {"name": name, "description": description}
        return cast(types.Audience, self._call("create_audience", "POST", "/audiences/v1/audience", body=body))

    def assign_users(self, uuid: str, user_ids: Iterable[Id]) -> types.AssignedUsers:
        """Puts users into a group. Read `errors`: an answer does not mean that all went in."""
        path = f"/audiences/v1/audience/{text_in_path('uuid', uuid)}/assign_users"
        body = {"user_ids": several("user_ids", user_ids)}
        return cast(types.AssignedUsers, self._call("assign_users", "PUT", path, body=body))
