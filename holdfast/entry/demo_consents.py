"""What the demo's Ana agreed to, and who was told. All of it is made up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid5

from holdfast.consent.actions import Telling, agree, told
from holdfast.consent.papers import together
from holdfast.consent.queries import known_of
from holdfast.consent.words import Field, How, Info, Kind, Recipient
from holdfast.entry.demo_history import World
from holdfast.people.models import Client, Supporter
from holdfast.people.rules import Standing
from holdfast.web.demo.cast import CLIENT

EVERYBODY: Final = ((Kind.TELEHEALTH, ()), (Kind.EMERGENCY, ("danger", "medicines")), (Kind.PART_2, ()))
OF_ANA: Final = (
    (Kind.TELEHEALTH, ()),
    (Kind.EMERGENCY, ("danger", "treatment", "medicines")),
    (Kind.PART_2, ()),
    (Kind.MESSAGES, ("sms",)),
)
FOR_HER_SISTER: Final = ("here", "danger", "practical")
IN_THE_APP: Final = 3  # of four; the fourth signed on paper


def sign_and_tell(world: World) -> None:
    """Most signed at intake. Of those whom Ana named, her sister may know some things, her aunt nothing."""
    for number, client in enumerate(Client.objects.order_by("id")):
        ana = client.user is not None and client.user.email == CLIENT
        if client.standing != Standing.ACTIVE or (number % 5 == 4 and not ana):
            continue  # some have not signed yet
        at = max(client.standing_since, world.now - timedelta(days=40)) + timedelta(hours=1)
        _sign(world, client, OF_ANA if ana else EVERYBODY, number % (IN_THE_APP + 1) < IN_THE_APP or ana, at)
        if ana:
            _her_sister(world, client, at)


def _sign(
    world: World, client: Client, kinds: Sequence[tuple[Kind, tuple[str, ...]]], in_app: bool, at: datetime
) -> None:
    for kind, scopes in kinds:
        agree(
            client,
            kind,
            scopes=scopes,
            signature=client.name,
            how=How.IN_APP if in_app else How.ON_PAPER,
            language=client.language if client.language in ("en", "es") else "en",
            now=at,
            witness=None if in_app else world.staff["Noor"],
            by=None if in_app else world.staff["Noor"],
        )


def _her_sister(world: World, ana: Client, at: datetime) -> None:
    sister = Supporter.objects.filter(client=ana, ended_at=None).order_by("rank").first()
    if sister is not None:
        agree(
            ana,
            Kind.SUPPORTER,
            scopes=FOR_HER_SISTER,
            signature=ana.name,
            how=How.IN_APP,
            language="en",
            now=at,
            supporter=sister,
        )
    then = world.now - timedelta(days=6, hours=3)
    about = (Info.HERE, Info.TREATMENT)
    known = known_of(ana, then)
    telling = Telling(
        Recipient.PAYER,
        about,
        "Dates of her visits in October and that they were group sessions, for the bill.",
        {Field.RECIPIENT: "Elise Grant", Field.AFFILIATION: "Saguaro Health Plan"},
        notice_given=True,
        at=then,
    )
    answer = together(known.may_tell(Recipient.PAYER, one, ()) for one in about)
    told(ana, telling, answer, world.staff["Noor"], then, uuid5(ana.uid, "told the payer"))
