"""How a consent stands, wherever it is shown: on a page, on paper, to a client and to the team."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.http import HttpResponse
from pypdf import PdfReader

from holdfast.assessment import actions as assessment
from holdfast.consent import actions
from holdfast.consent.models import Consent
from holdfast.consent.queries import known_of, waiting_for_guardians
from holdfast.consent.sentences import IN_DANGER, LISTEN
from holdfast.consent.words import Age, How, Kind, Signs
from holdfast.crisis.models import Episode
from holdfast.ledger.models import Fact
from holdfast.ledger.scope import enter
from holdfast.people import reaching
from holdfast.people.models import Supporter
from holdfast.people.queries import actor_of
from holdfast.people.tests.cast import Cast
from holdfast.web.team.may_call import of_known
from holdfast.web.tests.test_consents import consents_of, flat
from holdfast.web.tests.test_team import as_, here, text

MARK = 'href="#i-circle-check"'  # beside what counts


def agree(
    cast: Cast, kind: Kind, scopes: tuple[str, ...], now: datetime, person: Supporter | None = None, guardian: str = ""
) -> Consent:
    return actions.agree(
        cast.ana,
        kind,
        scopes=scopes,
        signature="Ana Morales",
        how=How.IN_APP,
        language="en",
        now=now,
        supporter=person,
        guardian=guardian,
    )


def on_paper(answer: HttpResponse) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)


# ---------------------------------------------------------------- what is over


def test_what_a_newer_one_replaced_says_so_on_the_page_and_on_paper(cast: Cast) -> None:
    """H-160: a paper that says when it ends looks as if it held until then."""
    old = agree(cast, Kind.EMERGENCY, ("danger", "medicines"), cast.now - timedelta(days=30))
    new = agree(cast, Kind.EMERGENCY, ("danger",), cast.now)
    ana, bea = as_(cast.ana), as_(cast.bea)
    assert "Replaced by a newer one on November" in flat(ana.get("/agreed/emergency"))
    papers = [on_paper(ana.get(f"/agreed/paper/{old.uid}.pdf")), text(ana.get(f"/agreed/paper/{old.uid}.html"))]
    papers.append(on_paper(bea.get(f"{consents_of(cast)}/{old.uid}.pdf")))
    for paper in papers:
        assert "Replaced by a newer one" in paper
        assert "Ends" not in paper
    paper = on_paper(ana.get(f"/agreed/paper/{new.uid}.pdf"))
    assert "Replaced" not in paper
    assert "Ends" in paper


def test_what_was_taken_back_before_a_newer_one_was_not_replaced_by_it(cast: Cast) -> None:
    old = agree(cast, Kind.EMERGENCY, ("danger",), cast.now - timedelta(days=30))
    actions.take_back(old, None, "", cast.now - timedelta(days=20))
    agree(cast, Kind.EMERGENCY, ("danger",), cast.now)
    page = flat(as_(cast.ana).get("/agreed/emergency"))
    assert "Taken back on" in page
    assert "Replaced" not in page


def test_the_paper_for_somebody_off_the_list_says_that_they_are(cast: Cast) -> None:
    rosa = reaching.name_supporter(cast.ana, name="Rosa", relation="mother", phone="", by=cast.bea, now=cast.now)
    row = agree(cast, Kind.SUPPORTER, ("here",), cast.now, rosa)
    ana = as_(cast.ana)
    assert "off your list" not in on_paper(ana.get(f"/agreed/paper/{row.uid}.pdf"))
    reaching.end_supporter(rosa, cast.now)
    assert "They were taken off your list" in on_paper(ana.get(f"/agreed/paper/{row.uid}.pdf"))


# ---------------------------------------------------------------- a guardian


def aged(cast: Cast, years: int | None) -> None:
    cast.ana.born = (cast.now - timedelta(days=years * 365.25 + 30)).date().isoformat() if years else None
    cast.ana.save(update_fields=["born"])


def reach_of(cast: Cast) -> str:
    return f"/team/people/{cast.ana.uid}/reach"


def form_with(page: str, button: str) -> dict[str, str]:
    """The fields of the form that has this button, with what stands in them and every box ticked, and the button."""
    (form,) = [
        one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if f">{button}<" in one.replace("</svg>", ">")
    ]
    fields = {}
    for tag in re.findall(r"<(?:input|button)[^>]*>", form):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if found.get("name", "csrfmiddlewaretoken") != "csrfmiddlewaretoken":
            fields[found["name"]] = found.get("value", "")
    return fields


@pytest.mark.parametrize("years", [15, None])
def test_the_team_writes_a_guardian_down_with_the_tick_of_the_form(cast: Cast, years: int | None) -> None:
    """H-154: without the tick no guardian of anybody could be told where their child is."""
    aged(cast, years)
    bea = as_(cast.bea)
    said = form_with(text(bea.get(reach_of(cast))), "Add")
    assert said["part"] == "guardian"
    refused = text(bea.post(reach_of(cast), {**said, "name": "Luz", "phone": "12"}))
    assert re.search(r'name="part" value="guardian" checked', refused)
    assert bea.post(reach_of(cast), {**said, "name": "Luz", "phone": "520 555 0178"}).status_code == 302
    page = flat(bea.get(reach_of(cast)))
    assert "Luz guardian by law" in page
    assert "In danger you may say: that they are in danger" in page
    assert f"guardian.{Supporter.objects.get().uid}" in text(bea.get(f"/team/people/{cast.ana.uid}/tell"))


def test_somebody_on_the_list_becomes_a_guardian_and_keeps_what_was_signed_for_them(cast: Cast) -> None:
    aged(cast, 15)
    rosa = reaching.name_supporter(cast.ana, name="Rosa", relation="mother", phone="", by=None, now=cast.now)
    row = agree(cast, Kind.SUPPORTER, ("how",), cast.now, rosa, guardian="Rosa")
    bea = as_(cast.bea)
    assert bea.post(reach_of(cast), form_with(text(bea.get(reach_of(cast))), "Is a guardian by law")).status_code == 302
    enter(cast.program.id)
    rosa.refresh_from_db()
    assert (rosa.part, row.supporter_id) == ("guardian", rosa.id)
    assert "You may say: how they are doing" in flat(bea.get(reach_of(cast)))
    bea.post(reach_of(cast), form_with(text(bea.get(reach_of(cast))), "Not a guardian by law"))
    enter(cast.program.id)
    rosa.refresh_from_db()
    assert rosa.part == ""
    facts = Fact.objects.filter(kind="SupporterPartWritten").order_by("id")
    assert [(one.data["supporter"], one.data["part"]) for one in facts] == [(rosa.id, "guardian"), (rosa.id, "")]
    assert bea.post(reach_of(cast), {"do": "part", "supporter": rosa.uid, "part": "queen"}).status_code == 400


def test_of_a_client_of_age_nobody_is_asked_for_a_guardian(cast: Cast) -> None:
    aged(cast, 30)
    reaching.name_supporter(cast.ana, name="Rosa", relation="mother", phone="", by=None, now=cast.now)
    assert "guardian" not in text(as_(cast.bea).get(reach_of(cast)))


def test_what_a_child_signed_alone_says_everywhere_that_it_waits_for_the_guardian(cast: Cast) -> None:
    """H-154: a check mark beside it let everybody think that it counts."""
    aged(cast, 15)
    rosa = reaching.name_supporter(cast.ana, name="Rosa", relation="mother", phone="", by=None, now=cast.now)
    row = agree(cast, Kind.EMERGENCY, ("danger",), cast.now)
    agree(cast, Kind.SUPPORTER, ("how",), cast.now, rosa)
    ana, bea = as_(cast.ana), as_(cast.bea)
    client_pages = ("/agreed", "/agreed/emergency", f"/agreed/person/{rosa.uid}")
    for page in client_pages:
        said = flat(ana.get(page))
        assert "It counts once your parent or guardian has signed too." in said
        assert "Agreed to on" not in said
        assert MARK not in text(ana.get(page))
    assert "We tell them nothing." in flat(ana.get("/agreed"))
    assert "has not signed yet" in on_paper(ana.get(f"/agreed/paper/{row.uid}.pdf"))
    waits = "Waits for the guardian’s signature"
    page = flat(bea.get(consents_of(cast)))
    assert page.count(f"{waits}: until then it does not count.") == 2
    on_card = f"{waits}, and does not count until then: If I am in danger; Rosa: "
    assert on_card in page
    assert on_card in flat(bea.get(f"/team/client/{cast.ana.uid}"))
    enter(cast.program.id)
    agree(cast, Kind.EMERGENCY, ("danger",), cast.now, guardian="Rosa")
    agree(cast, Kind.SUPPORTER, ("how",), cast.now, rosa, guardian="Rosa")
    for page in client_pages:
        assert "It counts once" not in flat(ana.get(page))
        assert MARK in text(ana.get(page))
    assert waits not in flat(bea.get(consents_of(cast)))


def test_what_a_child_may_sign_alone_in_their_state_waits_for_nobody(cast: Cast) -> None:
    aged(cast, 15)
    agree(cast, Kind.EMERGENCY, ("danger",), cast.now)
    known = known_of(cast.ana, cast.now)
    assert known.waits_for_guardian(Kind.EMERGENCY)
    alone = Signs(Age.UNDER_AGE, mental_health=True, substance_use=False)
    given = tuple(replace(one, signs=alone) for one in known.given)
    assert not replace(known, signs=alone, given=given).waits_for_guardian(Kind.EMERGENCY)


def test_the_care_team_is_asked_for_the_guardians_signature_on_their_day_until_it_is_there(cast: Cast) -> None:
    """H-154: the client read that their team asks, and nobody of the team was told to."""
    rosa = reaching.name_supporter(cast.ana, name="Rosa", relation="mother", phone="", by=None, now=cast.now)
    agree(cast, Kind.EMERGENCY, ("danger",), cast.now - timedelta(days=2))
    agree(cast, Kind.SUPPORTER, ("how",), cast.now - timedelta(days=2), rosa)
    bea, ask = as_(cast.bea), "A guardian’s signature to ask for"
    assert ask not in flat(bea.get("/team/work/")), "whoever is of age signs alone"
    aged(cast, 15)
    page = text(bea.get("/team/work/"))
    assert f"{ask} 1" in " ".join(re.sub("<[^>]+>", " ", page).split())
    assert "If I am in danger; Rosa: " in page
    assert consents_of(cast) in page
    for other in (cast.cal, cast.dia, cast.eve):  # none of them is of her care team
        assert ask not in flat(as_(other).get("/team/work/"))
    enter(cast.program.id)
    agree(cast, Kind.EMERGENCY, ("danger",), cast.now, guardian="Rosa")
    page = flat(bea.get("/team/work/"))
    assert ask in page
    assert "If I am in danger" not in page
    enter(cast.program.id)
    reaching.end_supporter(rosa, cast.now)
    assert ask not in flat(bea.get("/team/work/"))


def test_my_day_takes_one_query_more_for_guardians_and_none_for_each_client(
    cast: Cast, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    agree(cast, Kind.EMERGENCY, ("danger",), cast.now)
    aged(cast, 30)
    with django_assert_num_queries(1):
        assert waiting_for_guardians(actor_of(cast.bea), cast.now) == ()
    aged(cast, 15)
    with django_assert_num_queries(2):
        (found,) = waiting_for_guardians(actor_of(cast.bea), cast.now)
    assert [row.kind for row in found.consents] == [Kind.EMERGENCY]


# ---------------------------------------------------------------- in danger


def test_while_a_crisis_is_open_every_page_says_what_to_do_in_danger(
    cast: Cast, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    """H-151: one page said "ask your supervisor, a life goes first", the other "never: say anything"."""
    rosa = reaching.name_supporter(cast.ana, name="Rosa", relation="mother", phone="", by=cast.bea, now=cast.now)
    actions.take_back(agree(cast, Kind.SUPPORTER, ("danger",), cast.now, rosa), None, "", cast.now)
    bea = as_(cast.bea)
    calm, way_out = (" ".join(map(str, steps)) for steps in (LISTEN, IN_DANGER))
    pages = (consents_of(cast), reach_of(cast), f"/team/client/{cast.ana.uid}")
    for page in pages:
        assert calm in flat(bea.get(page)), page
        assert way_out not in flat(bea.get(page)), page
    enter(cast.program.id)
    cast.night_shift()
    assessment.ask_for_help(cast.ana, "session", cast.now)
    for page in (*pages, here(Episode.objects.get(client=cast.ana))):
        assert way_out in flat(bea.get(page)), page
        assert calm not in flat(bea.get(page)), page
    enter(cast.program.id)
    known = known_of(cast.ana, cast.now)
    with django_assert_num_queries(1):
        of_known(known, ())


# ---------------------------------------------------------------- two pages open at once


def signing(page: HttpResponse, button: str, **typed: object) -> dict[str, Any]:
    """What a press of this button sends from this page, with what was typed and ticked there."""
    return {**form_with(text(page), button), "signature": "Ana Morales", **typed}


def test_a_page_that_was_opened_before_replaces_nothing_newer_without_a_word(cast: Cast) -> None:
    """H-157: two pages open, two answers. The second asks once more and keeps what was typed and ticked."""
    ana = as_(cast.ana)
    stale = ana.get("/agreed/emergency")
    assert ana.post("/agreed/emergency", signing(stale, "I agree", scope=["danger"])).status_code == 302
    answer = ana.post("/agreed/emergency", signing(stale, "I agree", scope=["medicines"], signature="Ana M"))
    assert answer.status_code == 409
    assert "This was changed since you opened this page." in flat(answer)
    assert 'value="Ana M"' in text(answer)
    assert re.findall(r'value="(\w+)" checked', text(answer)) == ["medicines"]
    enter(cast.program.id)
    assert [row.scopes for row in Consent.objects.all()] == [["danger"]]
    again = signing(answer, "I agree", scope=["medicines"], signature="Ana M")
    assert ana.post("/agreed/emergency", again).status_code == 302
    enter(cast.program.id)
    assert Consent.objects.order_by("-id")[0].scopes == ["medicines"]


def test_a_page_that_was_opened_before_undoes_no_taking_back(cast: Cast) -> None:
    """H-157"""
    row = agree(cast, Kind.EMERGENCY, ("danger",), cast.now - timedelta(hours=1))
    ana = as_(cast.ana)
    stale = ana.get("/agreed/emergency")
    actions.take_back(row, None, "", cast.now)
    # A refusal in between does not count as having seen it.
    refused = ana.post("/agreed/emergency", signing(stale, "I agree", scope=["danger"]) | {"signature": ""})
    assert refused.status_code == 400
    answer = ana.post("/agreed/emergency", signing(refused, "I agree", scope=["danger"]))
    assert answer.status_code == 409
    assert "Taken back on" in flat(answer)
    enter(cast.program.id)
    assert Consent.objects.count() == 1


def test_a_page_that_was_opened_before_takes_back_what_counts_now_and_nothing_else(cast: Cast) -> None:
    """H-157: taking back the one that was replaced looked done, while the newer one went on counting."""
    agree(cast, Kind.EMERGENCY, ("danger",), cast.now - timedelta(hours=1))
    ana = as_(cast.ana)
    stale = form_with(text(ana.get("/agreed/emergency")), "Take it back")
    new = agree(cast, Kind.EMERGENCY, ("danger", "medicines"), cast.now)
    answer = ana.post("/agreed/emergency", stale)
    assert answer.status_code == 409
    enter(cast.program.id)
    assert not Consent.objects.exclude(revoked_at=None).exists()
    assert ana.post("/agreed/emergency", form_with(text(answer), "Take it back")).status_code == 302
    enter(cast.program.id)
    assert list(Consent.objects.exclude(revoked_at=None)) == [new]


def test_the_team_replaces_nothing_newer_without_a_word_either(cast: Cast) -> None:
    """H-157"""
    bea, page = as_(cast.bea), consents_of(cast)
    stale = text(bea.get(page))
    form = next(one for one in re.findall(r"<form.*?</form>", stale, re.DOTALL) if 'value="emergency"' in one)
    said = form_with(form, "They agreed") | {"how": "on_paper", "witness": str(cast.cal.uid), "scope": ["danger"]}
    said |= {"signature": "Ana Morales", "guardian": ""}
    row = agree(cast, Kind.EMERGENCY, ("medicines",), cast.now)
    answer = bea.post(page, said)
    assert answer.status_code == 409
    assert "This was changed since you opened the page." in flat(answer)
    assert 'value="danger" checked' in text(answer)
    form = next(one for one in re.findall(r"<form.*?</form>", text(answer), re.DOTALL) if 'value="emergency"' in one)
    assert f'name="stands" value="{row.uid}"' in form
    assert bea.post(page, said | {"stands": str(row.uid)}).status_code == 302


# ---------------------------------------------------------------- words


def test_a_paper_names_the_language_in_words(cast: Cast) -> None:
    row = agree(cast, Kind.EMERGENCY, ("danger",), cast.now)
    for paper in ("pdf", "html"):
        answer = as_(cast.ana).get(f"/agreed/paper/{row.uid}.{paper}")
        assert "version 1, in English" in (on_paper(answer) if paper == "pdf" else text(answer))


def test_why_it_was_not_signed_stands_beside_the_button_and_has_the_focus(cast: Cast) -> None:
    """On a phone the top of the page is far from the button that was pressed."""
    said: dict[str, Any] = {"do": "agree", "version": "1", "scope": ["danger"]}
    for wrong in ({"signature": ""}, {"signature": "Lucía Vega"}, {"signature": "Ana", "scope": []}):
        page = text(as_(cast.ana).post("/agreed/emergency", said | wrong))
        assert page.count('id="why-not"') == 1
        (alert,) = re.findall(r"<[^>]* autofocus[^>]*>", page)
        form = page[page.rindex("<form", 0, page.index('value="agree"')) : page.index('value="agree"')]
        assert alert in form
        assert 'role="alert"' in alert
    stale = text(as_(cast.ana).post("/agreed/emergency", {**said, "signature": "Ana", "version": "0"}))
    assert stale.index('id="why-not"') < stale.index("What it says"), "the text is to be read again"
