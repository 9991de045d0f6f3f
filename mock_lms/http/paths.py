"""Parts of paths that routes are chosen by."""

from __future__ import annotations

from werkzeug.routing import BaseConverter


class NoWord(BaseConverter):
    """An id, or what is to be refused as none: but no word, since fixed paths beside it end in one.

    Else PUT /manage/v1/user/session would be PUT /manage/v1/user/{user_id}, and lp/enroll a learning plan.
    """

    regex = "[^/]*[^a-z_/][^/]*"
    part_isolating = True
