"""Writes down how a client wants to be reached, whom they named, and that they know what we are not.

Every action needs the open transaction of a scope.
"""

from dataclasses import dataclass
from datetime import datetime, time

from holdfast.content.policies import boundary
from holdfast.ledger.record import record
from holdfast.people.facts import BoundarySigned, ReachingWritten, SupporterEnded, SupporterNamed, SupporterPartWritten
from holdfast.people.models import BoundarySignature, Client, Reaching, Staff, Supporter
from holdfast.people.rules import Signed, Way, plain_number

MOST_SUPPORTERS = 9
GUARDIAN = "guardian"


@dataclass(frozen=True)
class Wishes:
    """What a client said about being reached. `not_safe`: from and until, in their own zone."""

    way: Way = Way.CALL
    interpreter: str = ""
    not_safe: tuple[time, time] | None = None
    safe_words: str = ""
    caller_says: str = ""


def write_reaching(client: Client, wishes: Wishes, by: Staff | None, now: datetime) -> Reaching:
    """Write down anew how to reach a client. What stood before is kept. The same again changes nothing."""
    Client.objects.select_for_update(no_key=True).get(id=client.id)
    since, until = wishes.not_safe or (None, None)
    if since is not None and since == until:
        raise ValueError("The hours when a call is not safe begin and end at the same time. Change one of them.")
    last = Reaching.objects.filter(client=client).order_by("-at", "-id").first()
    row = Reaching(
        program_id=client.program_id,
        client=client,
        way=wishes.way,
        interpreter=wishes.interpreter.strip()[:60],
        not_safe_from=since,
        not_safe_until=until,
        safe_words=wishes.safe_words.strip() or None,
        caller_says=wishes.caller_says.strip() or None,
        written_by=by,
        at=now,
    )
    if last is not None and _says(last) == _says(row):
        return last
    row.save()
    record(ReachingWritten(program=client.program_id, client=client.id, by=by.id if by else None), now)
    return row


def _says(row: Reaching) -> tuple[object, ...]:
    return (row.way, row.interpreter, row.not_safe_from, row.not_safe_until, row.safe_words, row.caller_says)


def name_supporter(
    client: Client, *, name: str, relation: str, phone: str, by: Staff | None, now: datetime, part: str = ""
) -> Supporter:
    """Keep somebody whom the client named, after those already named. Nobody is told anything by this.

    `part`: guardian where they are one by law. Only staff write that down.
    """
    if part not in ("", GUARDIAN) or (part and by is None):
        raise ValueError("We do not know that part. Load the page again.")
    if not name.strip():
        raise ValueError("Give their name.")
    Client.objects.select_for_update(no_key=True).get(id=client.id)
    known = list(Supporter.objects.filter(client=client, ended_at=None).order_by("rank"))
    number = plain_number(phone) if phone.strip() else None
    for one in known:
        if (one.name, one.phone, one.part) == (name.strip(), number, part):
            return one
    if len(known) >= MOST_SUPPORTERS:
        raise ValueError(f"There are {MOST_SUPPORTERS} people already. Take one off the list first.")
    row = Supporter.objects.create(
        program_id=client.program_id,
        client=client,
        name=name.strip(),
        relation=relation.strip()[:60],
        part=part,
        phone=number,
        rank=max((one.rank for one in known), default=0) + 1,
        written_by=by,
        at=now,
    )
    record(SupporterNamed(program=client.program_id, client=client.id, supporter=row.id), now)
    return row


def write_part(supporter: Supporter, part: str, by: Staff, now: datetime) -> None:
    """Write down that somebody on the list is a guardian by law, or is not. What was signed for them stays as it is."""
    if part not in ("", GUARDIAN):
        raise ValueError("We do not know that part. Load the page again.")
    if Supporter.objects.filter(id=supporter.id, ended_at=None).exclude(part=part).update(part=part):
        client, who = supporter.client_id, supporter.id
        record(
            SupporterPartWritten(program=supporter.program_id, client=client, supporter=who, part=part, by=by.id), now
        )


def end_supporter(supporter: Supporter, now: datetime) -> None:
    """The client does not want this person to be called any more. The row is kept."""
    if Supporter.objects.filter(id=supporter.id, ended_at=None).update(ended_at=now):
        record(SupporterEnded(program=supporter.program_id, client=supporter.client_id, supporter=supporter.id), now)


def sign_boundary(
    client: Client, how: Signed, now: datetime, *, language: str = "en", witness: Staff | None = None
) -> BoundarySignature:
    """A client put their name under what we are not. Once for each version of the text."""
    version = str(boundary().version)
    Client.objects.select_for_update(no_key=True).get(id=client.id)
    done = BoundarySignature.objects.filter(client=client, version=version).first()
    if done:
        return done
    row = BoundarySignature.objects.create(
        program_id=client.program_id,
        client=client,
        version=version,
        language=language,
        how=how,
        witness=witness,
        at=now,
    )
    record(BoundarySigned(program=client.program_id, client=client.id, version=version, how=how), now)
    return row
