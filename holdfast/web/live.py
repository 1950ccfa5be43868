"""Who may listen to which page's bell.

A bell carries no data, only "look again", and the page's own fetch decides what is shown. Still, when it rings says
that something happened to somebody, so it rings for whoever may see the page. Topics:

    board:<program id>      staff of that program
    episode:<uid>           staff who may open that crisis now
    episode:<uid>:<mark>    whoever was shown a client's own page of it, which knows no session: the mark is ours
"""

from typing import Final
from uuid import UUID

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.db import close_old_connections
from django.http import HttpRequest

from holdfast.crisis.queries import visible_to
from holdfast.ledger.scope import program_scope
from holdfast.people.access import Actor
from holdfast.people.queries import Membership, actor_for, staff_places

SALT: Final = "holdfast.live"


def topic_of_client(episode: UUID) -> str:
    """What a client's own page listens to."""
    return signing.Signer(salt=SALT).sign(f"episode:{episode}")


def what_rings(session_key: str, topic: str) -> str | None:
    """The bell that the holder of this session hears under this topic; None where they may not."""
    kind, _, which = topic.partition(":")
    if kind == "episode" and ":" in which:
        return _marked(topic)
    if kind not in ("board", "episode") or not session_key:
        return None
    try:
        return topic if any(_hears(member, kind, which) for member in _staff_of(session_key)) else None
    finally:
        close_old_connections()


def _marked(topic: str) -> str | None:
    try:
        return signing.Signer(salt=SALT).unsign(topic)
    except signing.BadSignature:
        return None


def _staff_of(session_key: str) -> list[Membership]:
    """Where the holder of this session works; nowhere once it ended, they left, or their password was changed."""
    request = HttpRequest()
    request.session = SessionStore(session_key)
    user = get_user(request)
    return staff_places(user.pk) if user.is_authenticated else []


def _hears(member: Membership, kind: str, which: str) -> bool:
    if kind == "board" and str(member.program) != which:
        return False
    with program_scope(member.program) as now:
        actor = actor_for(member, now)
        return actor.is_staff and (kind == "board" or _may_open(actor, which))


def _may_open(actor: Actor, episode: str) -> bool:
    try:
        return visible_to(actor).filter(uid=UUID(episode)).exists()
    except ValueError:
        return False
