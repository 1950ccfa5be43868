"""How to reach a client and their plan: forms that lose nothing, pages that everyone in a crisis may open."""

import re
from datetime import time, timedelta

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client as Browser

from holdfast.assessment import actions as assessment
from holdfast.ledger.scope import enter
from holdfast.people import reaching
from holdfast.people.models import BoundarySignature, Client, Reaching, Staff, Supporter
from holdfast.people.queries import how_to_reach
from holdfast.people.reaching import Wishes
from holdfast.people.rules import Signed, Way
from holdfast.people.tests.cast import FRANKS_NUMBER, Cast, make_cast
from holdfast.plans import actions as plans
from holdfast.plans.models import SafetyPlan
from holdfast.plans.queries import current
from holdfast.plans.rules import Part, Someone
from holdfast.web.plan import on_one_card

CROSS = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


def as_(person: Staff | Client) -> Browser:
    browser = Browser()
    browser.force_login(person.user, CROSS)
    return browser


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def at(cast: Cast, page: str) -> str:
    return f"/team/people/{cast.ana.uid}/{page}"


def plan_of(cast: Cast, **words: str) -> SafetyPlan:
    said = {Part.SIGNS: "I stop answering texts.", Part.STAYING: "My dog.", **{Part(k): v for k, v in words.items()}}
    people = (Someone(Part.HELPERS, "Rosa", "520 555 0177"), Someone(Part.COMPANY, "The library", "520 555 0178"))
    return plans.write(cast.ana, cast.bea, said, people, "high", cast.now)


def form(**more: str) -> dict[str, str]:
    return {
        "after": "0",
        "signs": "I stop answering.",
        "helpers-1-name": "Rosa",
        "helpers-1-phone": "(520) 555-0177",
        **more,
    }


# --- who may open what -------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["plan", "plan/change", "reach"])
def test_the_care_team_and_those_who_lead_open_it(cast: Cast, page: str) -> None:
    for person in (cast.bea, cast.dia):
        assert as_(person).get(at(cast, page)).status_code == 200, person.name


@pytest.mark.parametrize("page", ["plan", "plan/change", "reach"])
def test_nobody_else_opens_it_until_there_is_a_crisis(cast: Cast, page: str) -> None:
    assert as_(cast.cal).get(at(cast, page)).status_code == 403
    assessment.ask_for_help(cast.ana, "session", cast.now)
    assert as_(cast.cal).get(at(cast, page)).status_code == 200
    for person, code in ((cast.adam, 403), (cast.ana, 403), (cast.eve, 404)):
        assert as_(person).get(at(cast, page)).status_code == code, person.name
    assert Browser().get(at(cast, page)).url.startswith("/sign-in/")


# --- the plan ----------------------------------------------------------------------------------------


def test_a_plan_is_written_and_stands_in_the_clients_hand(cast: Cast) -> None:
    answer = as_(cast.bea).post(at(cast, "plan/change"), form(staying="My dog."))
    assert answer.url.endswith("?said=plan")
    page = text(as_(cast.ana).get("/plan"))
    assert "My dog." in page
    assert 'href="tel:+15205550177"' in page


def test_every_number_of_the_plan_is_a_tap_and_stands_in_print(cast: Cast) -> None:
    plan_of(cast)
    page = text(as_(cast.ana).get("/plan"))
    for number in ("+15205550177", "+15205550178", "988"):
        assert f'href="tel:{number}"' in page
        assert f'href="sms:{number}"' in page
    printed = re.sub(r'<span class="reach no-print">.*?</span></li>', "", page)
    for number in ("(520) 555-0177", "(520) 555-0178", "988"):
        assert number in printed


def test_a_client_without_a_plan_finds_somebody_all_the_same(cast: Cast) -> None:
    page = text(as_(cast.ana).get("/plan"))
    assert "You have no plan here yet" in page
    assert "tel:988" in page
    assert "We are not an emergency service" in page


def test_the_kept_copy_holds_the_words_and_the_numbers_and_no_script(cast: Cast) -> None:
    plan_of(cast)
    page = text(as_(cast.ana).get("/plan/kept"))
    assert "I stop answering texts." in page
    assert "tel:+15205550177" in page
    assert "<script" not in page


@pytest.mark.parametrize("page", ["/plan", "/plan/kept"])
def test_a_plan_is_its_own_clients_and_stays_out_of_caches(cast: Cast, page: str) -> None:
    plan_of(cast)
    assert as_(cast.ana).get(page)["Cache-Control"] == "no-store"
    assert as_(cast.bea).get(page).status_code == 403
    assert Browser().get(page).url.startswith("/sign-in/")


def test_an_older_version_stays_readable_and_says_so(cast: Cast) -> None:
    plan_of(cast)
    as_(cast.bea).post(at(cast, "plan/change"), form(after="1", signs="I go quiet."))
    page = text(as_(cast.bea).get(at(cast, "plan") + "?version=1"))
    assert "I stop answering texts." in page
    assert "not in use any more" in page
    assert as_(cast.bea).get(at(cast, "plan") + "?version=9").status_code == 404
    assert as_(cast.bea).get(at(cast, "plan") + "?version=x").status_code == 200


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"signs": "x" * 200_000}, "At most 4000 fit"),
        ({"helpers-1-name": ""}, "has no name"),
        ({"helpers-1-phone": "later"}, "is not a phone number"),
    ],
)
def test_a_refused_plan_says_why_and_keeps_what_was_typed(cast: Cast, change: dict[str, str], sentence: str) -> None:
    answer = as_(cast.bea).post(at(cast, "plan/change"), form(staying="Kept words", **change))
    assert answer.status_code == 400
    assert sentence in text(answer)
    assert "Kept words" in text(answer)
    assert not SafetyPlan.objects.exists()


def test_two_who_write_at_once_are_told_and_keep_their_words(cast: Cast) -> None:
    plan_of(cast)
    assert as_(cast.dia).post(at(cast, "plan/change"), form(after="1", alone="Walk.")).status_code == 302
    late = as_(cast.bea).post(at(cast, "plan/change"), form(after="1", alone="Swim."))
    assert late.status_code == 409
    assert "Dia Okafor wrote version 2 while you typed" in text(late)
    assert "Swim." in text(late)
    assert 'name="after" value="2"' in text(late)


def test_a_plan_that_nobody_can_be_rung_from_says_so(cast: Cast) -> None:
    as_(cast.bea).post(at(cast, "plan/change"), {"after": "0", "signs": "I go quiet."})
    assert "A gap: nobody in this plan can be rung" in text(as_(cast.bea).get(at(cast, "plan")))


def test_a_late_review_is_said(cast: Cast) -> None:
    plans.write(cast.ana, cast.bea, {Part.SIGNS: "Quiet."}, (), "high", cast.now - timedelta(days=8))
    assert "Was to be reviewed by" in text(as_(cast.bea).get(at(cast, "plan")))


# --- how to reach them -------------------------------------------------------------------------------

WISHES = {
    "do": "wishes",
    "way": "text_only",
    "interpreter": "Spanish",
    "since": "22:00",
    "until": "06:00",
    "safe_words": "How is the car?",
    "caller_says": "Please call Sam back.",
}


def test_wishes_are_written_down_and_read_on_the_card(cast: Cast) -> None:
    assert as_(cast.bea).post(at(cast, "reach"), WISHES).url.endswith("?said=kept")
    enter(cast.program.id)
    row = Reaching.objects.get()
    assert (row.way, row.not_safe_from, row.written_by) == (Way.TEXT_ONLY, time(22), cast.bea)
    page = text(as_(cast.bea).get(at(cast, "reach")))
    assert "How is the car?" in page
    assert 'value="22:00"' in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"way": ""}, "Say how they want to be reached."),
        ({"until": ""}, "Give both hours, or neither."),
        ({"until": "25:99"}, "We could not read the time"),
        ({"until": "22:00"}, "begin and end at the same time"),
        ({"safe_words": "x" * 5000}, "At most 4000 fit"),
        ({"do": "fly"}, "We could not tell which button"),
    ],
)
def test_refused_wishes_say_why_and_keep_what_was_typed(cast: Cast, change: dict[str, str], sentence: str) -> None:
    answer = as_(cast.bea).post(at(cast, "reach"), {**WISHES, **change})
    assert answer.status_code == 400
    assert sentence in text(answer)
    if change.get("do") != "fly":
        assert "Please call Sam back." in text(answer)
    assert not Reaching.objects.exists()


def test_people_are_named_and_taken_off(cast: Cast) -> None:
    browser = as_(cast.bea)
    browser.post(at(cast, "reach"), {"do": "name", "name": "Frank", "relation": "brother", "phone": FRANKS_NUMBER})
    page = text(browser.get(at(cast, "reach")))
    assert "Frank" in page
    assert "No consent. Now: You may listen, ask, and say what to do" in page
    enter(cast.program.id)
    browser.post(at(cast, "reach"), {"do": "end", "supporter": Supporter.objects.get().uid})
    assert "Nobody yet." in text(browser.get(at(cast, "reach")))
    assert browser.post(at(cast, "reach"), {"do": "end", "supporter": "nonsense"}).status_code == 400


def test_a_number_that_is_none_is_refused_with_the_name_still_there(cast: Cast) -> None:
    answer = as_(cast.bea).post(at(cast, "reach"), {"do": "name", "name": "Frank", "phone": "12"})
    assert "That is not a phone number" in text(answer)
    assert 'value="Frank"' in text(answer)


def test_what_we_are_not_is_signed_with_who_when_and_how(cast: Cast) -> None:
    as_(cast.bea).post(at(cast, "reach"), {"do": "sign", "how": Signed.BY_PHONE})
    enter(cast.program.id)
    signed = BoundarySignature.objects.get()
    assert (signed.how, signed.witness) == (Signed.BY_PHONE, cast.bea)
    assert "Read to them by phone" in text(as_(cast.bea).get(at(cast, "reach")))


# --- the cards of the crisis page --------------------------------------------------------------------


def draw(template: str, **context: object) -> str:
    return render_to_string(template, context)


def test_the_card_says_first_that_a_call_is_not_safe_now(cast: Cast) -> None:
    hours = (time(0), time(23, 59))
    reaching.write_reaching(
        cast.ana, Wishes(Way.TEXT_ONLY, "", hours, "How is the car?", "Call Sam back"), cast.bea, cast.now
    )
    page = draw("team/reach_card.html", reach=how_to_reach(cast.ana, cast.now), now=cast.now)
    assert page.index("A call is not safe at this hour") < page.index("Phone")
    assert "Text only, no calls" in page
    assert "sms:+15205550118" in page
    assert "How is the car?" in page


def test_a_client_who_said_nothing_yet_is_asked_first(cast: Cast) -> None:
    page = draw("team/reach_card.html", reach=how_to_reach(cast.ana, cast.now), now=cast.now)
    assert "is it safe to talk?" in page


def test_the_plan_on_the_crisis_page_has_what_they_stay_for_first_and_every_number(
    cast: Cast, django_assert_num_queries
) -> None:
    plan_of(cast)
    with django_assert_num_queries(1):
        page = draw("team/plan_card.html", plan=on_one_card(cast.ana, cast.now), now=cast.now)
    assert page.index("My dog.") < page.index("I stop answering texts.")
    assert "tel:+15205550177" in page


def test_no_plan_is_said_and_what_to_ask_instead(cast: Cast) -> None:
    assert "There is no safety plan yet" in draw(
        "team/plan_card.html", plan=on_one_card(cast.ana, cast.now), now=cast.now
    )


def test_words_that_will_not_open_take_nothing_else_away(cast: Cast) -> None:
    plan = plan_of(cast)
    card = current(cast.ana)
    assert card is not None
    card.plan.__dict__["signs"] = plan.__dict__["staying"]
    from holdfast.ledger.sealed import Sealed

    card.plan.__dict__["signs"] = Sealed(b"\x01" + bytes(40))
    from holdfast.web.plan import sections

    parts = {part.id: part for part in sections(card)}
    assert parts["signs"].shut
    assert parts["staying"].words == "My dog."
