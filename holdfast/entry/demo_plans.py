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

_PLAIN_WISHES: Final = Wishes()
PLAIN: Final = (
    Told(
        _PLAIN_WISHES,
        (("Jo", "friend, lives next door", "+1 602 555 0173"),),
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
    ),
    Told(
        Wishes(caller_says="It is about the schedule."),
        (("Nina", "mother", "+1 702 555 0174"), ("Paul", "neighbor, has a key", "+1 702 555 0175")),
        {
            Part.SIGNS: "I cancel things.\nEverything is my fault again.",
            Part.ALONE: "Put the phone away and cook something.\nThe long playlist.",
            Part.COMPANY: "Paul’s porch. He talks about cars.",
            Part.HELPERS: "My mother, before ten. Paul at any hour.",
            Part.PROFESSIONALS: "Group on Monday and Thursday.",
            Part.SAFER: "Paul keeps the box. We look at it again in spring.",
            Part.STAYING: "The dog.\nMy mother’s birthday in May.",
        },
        (Someone(Part.HELPERS, "My mother", "+1 702 555 0174"), Someone(Part.HELPERS, "Paul", "+1 702 555 0175")),
        "moderate",
    ),
    Told(
        Wishes(not_safe=(time(15), time(18)), safe_words="“Is the package there?” means: call me later."),
        (("Dana", "sister", "+1 208 555 0176"),),
        {
            Part.SIGNS: "I stop eating dinner.\nI keep checking the same page.",
            Part.ALONE: "Knitting. One row is enough.\nBreathe with the video.",
            Part.COMPANY: "The coffee place with the big windows.",
            Part.STAYING: "My nieces.",
        },
        (),
        "moderate",
    ),
    Told(
        _PLAIN_WISHES,
        (("Chris", "sponsor", "+1 505 555 0177"), ("Ada", "wife", "+1 505 555 0178")),
        {
            Part.SIGNS: "I drive past the old place.\nI pick fights over nothing.",
            Part.ALONE: "Cold water, then a walk around the block.\nRead the letter.",
            Part.COMPANY: "The early meeting. Somebody always makes coffee.",
            Part.HELPERS: "Chris first. Then Ada, with the truth.",
            Part.SAFER: "Nothing in the house; Ada and I cleared it together.",
            Part.STAYING: "Ada and the boys.\nOne year in April.",
        },
        (Someone(Part.HELPERS, "Chris", "+1 505 555 0177"), Someone(Part.HELPERS, "Ada", "+1 505 555 0178")),
        "low",
    ),
)

OWN_WAYS: Final = {
    "Marcus Bell": Wishes(Way.TEXT_ONLY, "", None, "", "It is about the order."),
    "Lucía Fernández": Wishes(Way.CALL, "Spanish", None, "", "Dígale que llamó la oficina."),
    "Sophie Laurent": Wishes(
        Way.CALL,
        "",
        (time(8), time(12)),
        "“Is Tuesday still good?” means: not now.",
        "",
    ),
    "Valeria Núñez": Wishes(Way.CALL, "Spanish", (time(22), time(7)), "", "Dígale que es del consultorio."),
    "Yuki Tanaka": Wishes(Way.TEXT_ONLY, "Japanese", None, "", ""),
    "Jamie Whitehorse": Wishes(Way.SIGNING, "American Sign Language", (time(22), time(6)), "", ""),
}
WITHOUT_A_PLAN: Final = frozenset({"Devon Price", "Rafael Soto"})  # gaps that staff can find
UNRATED: Final = frozenset({"Ngozi Eze", "Marcus Bell"})  # their plans are to be looked at again


def write_down(world: World) -> None:
    """Once, for every client who has begun."""
    if SafetyPlan.objects.exists():
        return
    for number, (name, client) in enumerate(world.clients.items()):
        if client.standing == Standing.INVITED:
            continue
        told = ANA if name == "Ana Morales" else SPANISH if client.language == "es" else PLAIN[number % len(PLAIN)]
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
