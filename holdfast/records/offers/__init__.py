"""What a copy of a record holds, in the order in which it is read. A new module adds one function and one line.

What is withheld, and on what ground, is said in one line each.
"""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_noop

from holdfast.records.offering import Chapter, Offer, Whose
from holdfast.records.offers.assessment import answers, told
from holdfast.records.offers.care import tasks
from holdfast.records.offers.consent import agreed
from holdfast.records.offers.crisis import crises
from holdfast.records.offers.people import about, opened_with_a_reason, risk
from holdfast.records.offers.plans import plans
from holdfast.records.offers.records import own_data, who_looked

OFFERS: Final[tuple[Offer, ...]] = (
    *(about, agreed, risk, plans, crises, answers, told, tasks),
    *(own_data, opened_with_a_reason, who_looked),
)

WITHHELD: Final = (
    gettext_noop(
        "A therapist’s private notes from a session, if there are any. The law keeps them apart (45 CFR 164.524)."
    ),
    gettext_noop("What somebody else told us about you in confidence, and who they are (45 CFR 164.524)."),
    gettext_noop(
        "In which words a colleague said why they opened your record. They may hold what others told us; ask us."
    ),
    gettext_noop("How the team looked back at its own work. Nothing is decided about you from it (45 CFR 164.501)."),
    gettext_noop("What was gathered for a court or a lawyer, if there is any (45 CFR 164.524)."),
)


def chapters(whose: Whose) -> Iterator[Chapter]:
    """Every chapter in order, read as it is drawn."""
    for offer in OFFERS:
        yield from offer(whose)
