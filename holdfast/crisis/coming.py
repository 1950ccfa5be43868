"""What is still to come for a client whose crisis has settled: the one read of it, for the client alone."""

from dataclasses import dataclass
from datetime import datetime

from holdfast.crisis.models import Episode
from holdfast.crisis.rules import State, is_next_contact
from holdfast.people.models import Client


@dataclass(frozen=True)
class Coming:
    """The next contact as it was agreed: who, by first name, and by when."""

    who: str
    by: datetime


def coming_in(episode: Episode, now: datetime) -> Coming | None:
    """The next contact of this crisis; None where none is agreed, it was made, or its time is past.

    None of a caller whom nobody knows yet: whoever holds that page need not be the one it is about.
    """
    if episode.state != State.SETTLED or episode.client_id is None:
        return None
    who, by = episode.next_contact_by, episode.next_contact_at
    if who is None or by is None or by <= now or is_next_contact(episode.reached_at, episode.settled_at, by):
        return None
    return Coming(who.first_name, by)


def coming_for(client: Client, now: datetime) -> Coming | None:
    """The next contact of this client's settled crisis."""
    settled = Episode.objects.filter(client=client, state=State.SETTLED).select_related("next_contact_by").first()
    return coming_in(settled, now) if settled else None


def has_open_crisis(client: Client) -> bool:
    """Whether anything of this client's is not over yet."""
    return Episode.objects.filter(client=client).exclude(state=State.CLOSED).exists()
