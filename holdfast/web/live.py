"""Who may listen to which page's bell.

A bell carries no data, only "look again", and the page's own fetch decides what is shown. Topics:
`board:<program id>` for staff of that program, `episode:<uid>` for whoever knows the uid.
"""

from uuid import UUID

from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections

from holdfast.people.queries import memberships


def may_listen(session_key: str, topic: str) -> bool:
    """Whether the holder of this session may listen to this topic."""
    kind, _, which = topic.partition(":")
    if kind == "episode":
        try:
            return bool(UUID(which))
        except ValueError:
            return False
    if kind != "board" or not session_key:
        return False
    try:
        user = SessionStore(session_key).get("_auth_user_id")
        return user is not None and any(m.kind == "staff" and str(m.program) == which for m in memberships(int(user)))
    finally:
        close_old_connections()
