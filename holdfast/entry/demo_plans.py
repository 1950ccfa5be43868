"""What the demo's clients said about being reached, whom they named, and their safety plans. All of it is made up."""

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from holdfast.entry.demo_history import World
from holdfast.people import reaching
from holdfast.people.models import BoundarySignature
from holdfast.people.queries import primary_of
from holdfast.people.reaching import Wishes
from holdfast.people.rules import Signed, Standing, Way
from holdfast.plans import actions as plans
from holdfast.plans.models import SafetyPlan
from holdfast.plans.rules import Part, Someone


@dataclass(frozen=True)
class Told:
    """What one client told their therapist. `named`: name, relation, phone."""

    wishes: Wishes
    named: tuple[tuple[str, str, str], ...]
    words: dict[Part, str]
    people: tuple[Someone, ...]
    risk: str = ""


ANA: Final = Told(
    Wishes(
        Way.CALL, "", (time(6), time(7, 30)), "“How is the car?” means: I cannot talk freely.", "Please call Sam back."
    ),
    (
        ("Lucía Morales", "sister, can come over, 12 minutes away", "+1 520 555 0131"),
        ("Rosa Peña", "aunt", "+1 520 555 0172"),
    ),
    {
        Part.SIGNS: "I stop answering texts.\nI am awake at three, going over the same thing.",
        Part.ALONE: "Walk Churro to the end of the wash and back.\nCold water on my face.\nBreathe out longer than in.",
        Part.COMPANY: "The library on Fifth. Nobody asks there.",
        Part.HELPERS: "Lucía first. She does not need me to explain.",
        Part.SAFER: "Lucía keeps what we talked about until we say otherwise. Bea asks on Wednesdays.",
        Part.STAYING: "Sofía’s first birthday.\nChurro.\nSeeing the ocean again.",
    },
    (
        Someone(Part.COMPANY, "Marisol, just to chat", "+1 520 555 0164"),
        Someone(Part.HELPERS, "Lucía, my sister", "+1 520 555 0131"),
        Someone(Part.HELPERS, "Tía Rosa, awake late", "+1 520 555 0172"),
        Someone(Part.PROFESSIONALS, "Bea, my therapist", "+1 520 555 0112"),
    ),
    "moderate",
)

SPANISH: Final = Told(
    Wishes(Way.CALL, "", None, "", "Dígale que llamó la oficina."),
    (("Elena", "hermana", "+1 480 555 0171"),),
    {
        Part.SIGNS: "Dejo de comer con los demás.",
        Part.ALONE: "Caminar al parque.\nPoner la radio.",
        Part.HELPERS: "Mi hermana contesta siempre.",
        Part.STAYING: "Mis hijas.",
    },
    (Someone(Part.HELPERS, "Elena, mi hermana", "+1 480 555 0171"),),
    "low",
)

PLAIN: Final = Told(
    Wishes(),
    (("Jo", "friend", "+1 602 555 0173"),),
    {
        Part.SIGNS: "I sleep in the day and stay up all night.",
        Part.ALONE: "A hot shower.\nTen minutes outside.",
        Part.COMPANY: "The gym. The Tuesday meeting.",
        Part.HELPERS: "Jo. We have a word for it.",
        Part.SAFER: "Jo holds on to it for now.",
        Part.STAYING: "My brother.\nFinishing the course.",
    },
    (Someone(Part.HELPERS, "Jo", "+1 602 555 0173"),),
    "low",
)

OWN_WAYS: Final = {
    "Marcus Bell": Wishes(Way.TEXT_ONLY, "", None, "", "It is about the order."),
    "Lucía Fernández": Wishes(Way.CALL, "Spanish", None, "", "Dígale que llamó la oficina."),
    "Jamie Whitehorse": Wishes(Way.SIGNING, "American Sign Language", (time(22), time(6)), "", ""),
}
WITHOUT_A_PLAN: Final = frozenset({"Devon Price", "Rafael Soto"})  # gaps that staff can find
UNRATED: Final = frozenset({"Ngozi Eze", "Marcus Bell"})  # their plans are to be looked at again


def write_down(world: World) -> None:
    """Once, for every client who has begun."""
    if SafetyPlan.objects.exists():
        return
    for name, client in world.clients.items():
        if client.standing == Standing.INVITED:
            continue
        told = ANA if name == "Ana Morales" else SPANISH if client.language == "es" else PLAIN
        by = next((one for one in world.staff.values() if one.id == primary_of(client.id, world.now)), None)
        at = max(client.standing_since, world.now - timedelta(days=6 + len(name) % 5))
        if by is None:
            continue
        reaching.write_reaching(client, OWN_WAYS.get(name, told.wishes), by, at)
        for who, relation, phone in told.named:
            reaching.name_supporter(client, name=who, relation=relation, phone=phone, by=by, now=at)
        if not BoundarySignature.objects.filter(client=client).exists():
            reaching.sign_boundary(
                client, Signed.ON_SCREEN, client.standing_since, language=client.language, witness=by
            )
        if name not in WITHOUT_A_PLAN:
            plans.write(client, by, told.words, told.people, "" if name in UNRATED else told.risk, at)
