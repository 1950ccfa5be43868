"""What the client says while somebody is sought for them, or has them. Needs the open transaction of a scope.

None of it closes, lowers or puts off anything: "it got worse" is a signal like any other, the rest is told to
whoever has this, and stands where they look first.
"""

from datetime import datetime, timedelta

from holdfast.assessment.actions import client_says
from holdfast.crisis.course import EntryKind
from holdfast.crisis.entries import write_down
from holdfast.crisis.facts import ClientSpoke
from holdfast.crisis.models import Episode, Voice
from holdfast.crisis.rules import Said, State
from holdfast.ledger.record import record
from holdfast.ledger.wake import ring
from holdfast.notify import actions as notify
from holdfast.oncall.actions import RANK
from holdfast.people.models import Client

ONE_PRESS = timedelta(seconds=20)  # the same words again within this time are the same press


def say(client: Client, said: Said, via: str, now: datetime) -> Voice:
    """Keep what the client said, and tell the owner at once. Pressed twice it is said once."""
    Client.objects.select_for_update(no_key=True).get(id=client.id)
    just_said = Voice.objects.filter(client=client, said=said, at__gt=now - ONE_PRESS).order_by("-at").first()
    if just_said:
        return just_said
    if said is Said.WORSE:
        client_says(client, "got-worse", now)  # joins the open crisis, or opens one
    episode = Episode.objects.select_for_update().filter(client=client).exclude(state=State.CLOSED).first()
    voice = Voice.objects.create(
        program_id=client.program_id, client=client, episode=episode, said=said, via=via, at=now
    )
    record(
        ClientSpoke(
            program=client.program_id,
            voice=voice.id,
            client=client.id,
            episode=episode.id if episode else None,
            said=said,
        ),
        now,
    )
    if episode is not None:
        write_down(episode, EntryKind.VOICE, now, what=said)
        if said is not Said.WORSE:  # the crisis has told its owner of that signal already
            _tell(episode, now)
        ring(f"live:board:{episode.program_id}", f"live:episode:{episode.uid}")
    return voice


def _tell(episode: Episode, now: datetime) -> None:
    if episode.owner_id is None:
        return
    notify.tell(
        episode.program_id,
        episode.owner_id,
        "new_signal",
        for_what="episode",
        for_id=episode.id,
        rank=RANK[episode.urgency],
        now=now,
    )
    ring("send")
