"""After a death the team's pages of consent say in one sentence whom to ask, and never whom one may call."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import HttpResponse

from holdfast.consent import actions
from holdfast.consent.models import Consent, Disclosure
from holdfast.consent.sentences import AFTER_A_DEATH, DIED
from holdfast.consent.words import How, Kind
from holdfast.content.reviews import checklist
from holdfast.crisis import leaving
from holdfast.ledger.scope import enter
from holdfast.people import reaching
from holdfast.people.models import Supporter
from holdfast.people.rules import Standing, zone
from holdfast.people.tests.cast import Cast
from holdfast.web.tests.test_team import as_, text

STEPS = " ".join(map(str, AFTER_A_DEATH))


@pytest.fixture
def rosa(cast: Cast) -> Supporter:
    """Ana had agreed to everything for her sister; then she died."""
    rosa = reaching.name_supporter(
        cast.ana, name="Rosa", relation="sister", phone="520 555 0177", by=cast.bea, now=cast.now - timedelta(days=3)
    )
    assert rosa is not None
    actions.agree(
        cast.ana,
        Kind.SUPPORTER,
        scopes=("here", "how", "danger"),
        signature="Ana Morales",
        how=How.IN_APP,
        language="en",
        now=cast.now - timedelta(days=2),
        supporter=rosa,
    )
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now)
    return rosa


def flat(answer: HttpResponse) -> str:
    """The words of a page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", text(answer)).split())


def of(cast: Cast, page: str) -> str:
    return f"/team/people/{cast.ana.uid}/{page}"


def test_the_card_and_the_list_of_consents_say_whom_to_ask_and_open_no_list(cast: Cast, rosa: Supporter) -> None:
    for page in (f"/team/client/{cast.ana.uid}", of(cast, "consents")):
        shown = as_(cast.bea).get(page)
        said = flat(shown)
        assert said.count(DIED) == 1
        assert STEPS in said
        assert "While they lived they named: Rosa, sister, (520) 555-0177" in said
        assert "tel:+15205550177" not in text(shown)
        for gone in (
            "You may say",
            "In danger you may",
            "To the police",
            "Not signed",
            "give naloxone",
            "They take it back",
        ):
            assert gone not in said
    assert "nothing is signed or taken back in their name" in flat(as_(cast.bea).get(of(cast, "consents")))


def test_may_i_tell_is_answered_with_whom_to_ask_and_what_was_told_is_written_down(cast: Cast, rosa: Supporter) -> None:
    bea = as_(cast.bea)
    assert DIED in flat(bea.get(of(cast, "tell")))
    form = {"do": "ask", "whom": f"supporter.{rosa.uid}", "about": ["here", "how"], "now": ["danger"]}
    said = flat(bea.post(of(cast, "tell"), form))
    assert f"how they are doing, in general: No. {DIED}" in said
    assert STEPS in said
    assert "What was told is written down, also on the director’s word. Those who lead see it." in said
    written = {**form, "do": "told", "once": uuid4(), "recipient": "Rosa", "words": "That we grieve with her"}
    assert bea.post(of(cast, "tell"), written).status_code == 400, "on which facts, or why"
    assert bea.post(of(cast, "tell"), written | {"facts": "Dia said so"}).status_code == 302
    enter(cast.program.id)
    assert Disclosure.objects.get().answer == "no"


def test_what_was_told_while_they_lived_is_judged_by_what_they_had_agreed_to(cast: Cast, rosa: Supporter) -> None:
    then = (cast.now - timedelta(hours=3)).astimezone(zone(cast.program.timezone))
    form = {"do": "told", "whom": f"supporter.{rosa.uid}", "about": ["how"], "once": uuid4(), "recipient": "Rosa",
            "words": "That she is better", "day": f"{then:%Y-%m-%d}", "hour": f"{then:%H:%M}"}  # fmt: skip
    assert as_(cast.bea).post(of(cast, "tell"), form).status_code == 302
    enter(cast.program.id)
    assert Disclosure.objects.get().answer == "part"


def test_the_team_cannot_take_back_in_their_name(cast: Cast, rosa: Supporter) -> None:
    row = Consent.objects.get()
    answer = as_(cast.bea).post(
        of(cast, "consents"), {"do": "take_back", "consent": str(row.uid), "why": "she said so"}
    )
    assert answer.status_code == 400
    assert "They have died: nothing is taken back in their name." in flat(answer)


def test_the_checklist_after_a_death_sends_whoever_speaks_with_the_family_to_the_director_first() -> None:
    family = next(one for one in checklist("postvention").items if one.id == "family")
    assert "director" in family.title.en
    assert "allowed" not in family.title.en
