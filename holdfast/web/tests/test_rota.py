"""The page of the rota: gaps with their buttons, refusals that lose nothing, who may change what."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.test import Client as Browser

from holdfast.ledger.models import Program
from holdfast.ledger.scope import enter
from holdfast.oncall import actions as oncall
from holdfast.oncall import canary, gaps
from holdfast.oncall.models import Canary, CoverLook, Override, Shift, SwapOffer
from holdfast.oncall.rules import Level
from holdfast.people.models import Contact, Staff
from holdfast.people.tests.cast import Cast, make_cast

ROTA = "/team/rota/"
CROSS = "allauth.account.auth_backends.AuthenticationBackend"
HOUR = timedelta(hours=1)


@pytest.fixture
def cast(db: None) -> Cast:
    """Cal is on first call now, and nobody after him."""
    made = make_cast()
    made.on_shift((made.cal, Level.FIRST), hours=10)
    return made


def as_(person: Staff) -> Browser:
    browser = Browser()
    browser.force_login(person.user, CROSS)
    return browser


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def instants(page: str) -> dict[str, str]:
    """What the first button to take a gap would send."""
    found = re.search(r'name="since" value="([^"]+)"><input type="hidden" name="until" value="([^"]+)"', page)
    assert found, "no gap can be taken"
    return {"do": "take", "since": found[1], "until": found[2]}


def wall(cast: Cast, hours: float) -> str:
    """That many hours from now as it is typed, where the program is."""
    return (cast.now + hours * HOUR).astimezone(ZoneInfo(cast.program.timezone)).strftime("%Y-%m-%dT%H:%M")


def put(cast: Cast, who: Staff, **fields: str) -> dict[str, str]:
    return {
        "do": "put",
        "who": str(who.uid),
        "level": "first",
        "since": wall(cast, 12),
        "until": wall(cast, 20),
        **fields,
    }


def test_the_gap_is_named_to_the_minute_with_its_reason(cast: Cast) -> None:
    page = text(as_(cast.cal).get(ROTA))
    ends = (cast.now + 10 * HOUR).astimezone(ZoneInfo(cast.program.timezone))
    assert "Not every minute is covered: 1 gap in the next 14 days" in page
    assert f"{ends.hour % 12 or 12}:{ends.minute:02d} {'am' if ends.hour < 12 else 'pm'}" in page
    assert "Nobody is on the rota." in page
    assert re.search(r"(599|600) of 20,160 minutes", page)  # the last one has begun


def test_an_empty_rota_is_said_and_not_praised(cast: Cast) -> None:
    assert "Everyone on the rota within a day has two." in text(as_(cast.dia).get(ROTA))
    Shift.objects.update(ended_at=cast.now)
    shown = text(as_(cast.dia).get(ROTA))
    assert "Nobody is on the rota within a day." in shown
    assert "Everyone on the rota within a day has two." not in shown


def test_a_shift_of_a_whole_day_is_said_to_last_all_day(cast: Cast) -> None:
    oncall.add_shift(cast.program.id, cast.priya, Level.BACKUP, cast.now - 72 * HOUR, cast.now + 72 * HOUR)
    shown = text(as_(cast.dia).get(ROTA))
    assert 'Priya Nair</span><span class="hours">, all day' in shown
    assert "12:00 am to 12:00 am" not in shown


def test_one_press_takes_it_for_twelve_hours(cast: Cast) -> None:
    priya = as_(cast.priya)
    fields = instants(text(priya.get(ROTA)))
    for _ in range(2):  # a double press
        assert priya.post(ROTA, fields).headers["location"] == f"{ROTA}?said=taken"
    enter(cast.program.id)
    mine = Shift.objects.get(staff=cast.priya)
    assert (mine.during.lower, mine.during.upper) == (cast.now + 10 * HOUR, cast.now + 22 * HOUR)


def test_who_is_second_reads_that_somebody_was_quicker(cast: Cast) -> None:
    bea, priya = as_(cast.bea), as_(cast.priya)
    fields = instants(text(bea.get(ROTA)))
    priya.post(ROTA, fields)
    answer = bea.post(ROTA, fields)
    assert answer.status_code == 409
    assert "somebody was quicker" in text(answer)


def test_without_a_licence_the_reason_stands_instead_of_the_button(cast: Cast) -> None:
    page = text(as_(cast.adam).get(ROTA))
    assert "Your licence does not cover AZ in that time." in page
    assert 'value="take"' not in page


@pytest.mark.parametrize(
    "since", ["", "yesterday", "2026-13-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "2026-11-25T08:00"]
)
def test_what_the_page_never_wrote_is_refused_in_words(cast: Cast, since: str) -> None:
    answer = as_(cast.bea).post(ROTA, {"do": "take", "since": since, "until": since})
    assert answer.status_code == 400
    assert "Load the page again" in text(answer)
    assert as_(cast.bea).post(ROTA, {"do": "dance"}).status_code == 400


def test_whoever_keeps_the_rota_puts_a_shift_on_it_and_takes_it_off(cast: Cast) -> None:
    dia = as_(cast.dia)
    assert dia.post(ROTA, put(cast, cast.bea)).headers["location"] == f"{ROTA}?said=shift-put"
    enter(cast.program.id)
    shift = Shift.objects.get(staff=cast.bea)
    assert str(shift.uid) in text(dia.get(ROTA))
    assert dia.post(ROTA, {"do": "off", "shift": str(shift.uid)}).headers["location"] == f"{ROTA}?said=shift-off"
    assert dia.post(ROTA, {"do": "off", "shift": str(shift.uid)}).status_code == 400
    enter(cast.program.id)
    assert not Shift.objects.filter(staff=cast.bea, ended_at=None).exists()


def test_an_administrator_keeps_the_rota_too_and_a_clinician_does_not(cast: Cast) -> None:
    assert as_(cast.adam).post(ROTA, put(cast, cast.bea)).status_code == 302
    assert 'value="put"' not in text(as_(cast.cal).get(ROTA))
    assert as_(cast.cal).post(ROTA, put(cast, cast.bea)).status_code == 400
    enter(cast.program.id)
    assert Shift.objects.filter(staff=cast.bea).count() == 1


def test_nobody_of_another_program_is_put_on_it(cast: Cast) -> None:
    answer = as_(cast.dia).post(ROTA, put(cast, cast.eve))
    assert (answer.status_code, "Choose who takes the shift." in text(answer)) == (400, True)


def test_an_overlap_is_refused_in_words_and_what_was_typed_stays(cast: Cast) -> None:
    fields = put(cast, cast.cal, since=wall(cast, 2), level="backup")
    answer = as_(cast.dia).post(ROTA, fields)
    page = text(answer)
    assert answer.status_code == 409
    assert "Cal Reyes already has a shift in that time." in page
    assert f'value="{fields["since"]}"' in page
    assert f'value="{cast.cal.uid}" selected' in page
    assert 'value="backup" selected' in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Give the day and the time."),
        ("soon", "We could not read “soon”"),
        ("3026-11-25T08:00", "Look at the year again"),
        ("11/25/2099 8:00 pm", "end after it begins"),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_words(cast: Cast, typed: str, words: str) -> None:
    answer = as_(cast.dia).post(ROTA, put(cast, cast.bea, since=typed))
    assert answer.status_code in (400, 409)
    assert words in text(answer)


def test_a_time_that_the_change_of_the_clocks_leaves_out_is_refused(cast: Cast) -> None:
    Program.objects.filter(id=cast.program.id).update(timezone="America/Denver")
    answer = as_(cast.dia).post(ROTA, put(cast, cast.bea, since="2027-03-14T02:30", until="2027-03-14T09:00"))
    assert "02:30 does not exist there" in text(answer)


def test_a_day_on_which_the_clocks_change_says_so(cast: Cast) -> None:
    Program.objects.filter(id=cast.program.id).update(timezone="America/Denver")
    assert "25 hours: the clocks change" in text(as_(cast.cal).get(ROTA, {"week": "2026-10-26"}))
    assert "23 hours: the clocks change" in text(as_(cast.cal).get(ROTA, {"week": "2026-03-02"}))
    assert "hours: the clocks change" not in text(as_(cast.cal).get(ROTA, {"week": "2026-06-01"}))


# ---- before a shift ------------------------------------------------------------------------------------------


@pytest.fixture
def starting(cast: Cast) -> datetime:
    """Bea's shift begins in ten minutes, and she was asked."""
    at = cast.now + timedelta(minutes=10)
    oncall.add_shift(cast.program.id, cast.bea, Level.BACKUP, at, at + 8 * HOUR)
    canary.ask_starting(cast.program.id, cast.now)
    return at


def test_her_own_page_asks_whether_she_is_there(cast: Cast, starting: datetime) -> None:
    from holdfast.oncall.models import Page

    page = Page.objects.get(staff=cast.bea)
    bea = as_(cast.bea)
    assert "Are you there?" in text(bea.get(f"/team/page/{page.uid}"))
    assert as_(cast.cal).get(f"/team/page/{page.uid}").status_code == 404
    assert bea.post(f"/team/page/{page.uid}", {"do": "have"}).headers["location"] == f"{ROTA}?said=there"
    assert "Nobody asks about this any more" in text(bea.get(f"/team/page/{page.uid}"))


def test_the_rota_asks_her_too_and_nobody_else(cast: Cast, starting: datetime) -> None:
    fields = {"do": "there", "canary": str(Canary.objects.get().uid)}
    bea = as_(cast.bea)
    assert 'value="there"' in text(bea.get(ROTA))
    assert 'value="there"' not in text(as_(cast.cal).get(ROTA))
    assert as_(cast.cal).post(ROTA, fields).status_code == 400
    assert bea.post(ROTA, fields).headers["location"] == f"{ROTA}?said=there"
    enter(cast.program.id)
    assert Canary.objects.get().via == "page"


def test_somebody_stands_in_for_her_with_one_press(cast: Cast, starting: datetime) -> None:
    Canary.objects.update(missed_at=cast.now)
    uid = Canary.objects.get().uid
    priya = as_(cast.priya)
    assert "Bea Lindqvist has not said that they are there." in text(priya.get(ROTA))
    assert priya.post(ROTA, {"do": "stand_in", "canary": str(uid)}).headers["location"] == f"{ROTA}?said=taken"
    assert priya.post(ROTA, {"do": "stand_in", "canary": str(uid)}).status_code == 409
    enter(cast.program.id)
    assert Override.objects.get().staff_in_id == cast.priya.id
    assert priya.post(ROTA, {"do": "stand_in", "canary": "x"}).status_code == 409


# ---- swaps -----------------------------------------------------------------------------------------------------


@pytest.fixture
def tomorrow(cast: Cast) -> Shift:
    """A shift of Bea's that is still to come, with Priya as backup."""
    oncall.add_shift(cast.program.id, cast.priya, Level.BACKUP, cast.now + 20 * HOUR, cast.now + 40 * HOUR)
    return oncall.add_shift(cast.program.id, cast.bea, Level.FIRST, cast.now + 24 * HOUR, cast.now + 32 * HOUR)


def test_a_colleague_is_asked_and_says_yes(cast: Cast, tomorrow: Shift) -> None:
    page, bea, cal = f"{ROTA}swap/{tomorrow.uid}", as_(cast.bea), as_(cast.cal)
    assert page in text(bea.get(ROTA))
    asked = text(bea.get(page))
    assert f'value="{cast.cal.uid}"' in asked
    assert f'value="{cast.priya.uid}"><button' not in asked  # on duty then: only in return for her own
    assert f'value="{cast.adam.uid}"' not in asked
    assert bea.post(page, {"to": str(cast.cal.uid)}).headers["location"] == f"{ROTA}?said=swap-asked"
    enter(cast.program.id)
    offer = {"offer": str(SwapOffer.objects.get().uid)}
    assert "Bea Lindqvist asks you to take a shift" in text(cal.get(ROTA))
    assert "asks you to take a shift" not in text(as_(cast.dia).get(ROTA))
    assert as_(cast.dia).post(ROTA, {"do": "swap_yes", **offer}).status_code == 409
    assert cal.post(ROTA, {"do": "swap_yes", **offer}).headers["location"] == f"{ROTA}?said=taken"
    assert cal.post(ROTA, {"do": "swap_yes", **offer}).status_code == 409
    enter(cast.program.id)
    assert Shift.objects.filter(staff=cast.cal, ended_at=None).count() == 2
    assert bea.get(page).status_code == 404


def test_a_no_and_a_change_of_mind(cast: Cast, tomorrow: Shift) -> None:
    page, bea = f"{ROTA}swap/{tomorrow.uid}", as_(cast.bea)
    for who, do in ((cast.cal, "swap_no"), (cast.bea, "swap_back")):
        bea.post(page, {"to": str(cast.cal.uid)})
        enter(cast.program.id)
        offer = str(SwapOffer.objects.get(answer="").uid)
        assert as_(who).post(ROTA, {"do": do, "offer": offer}).status_code == 302
    enter(cast.program.id)
    assert sorted(SwapOffer.objects.values_list("answer", flat=True)) == ["no", "withdrawn"]
    assert Shift.objects.filter(staff=cast.bea, ended_at=None).count() == 1


def test_nobody_offers_the_shift_of_another_and_nonsense_is_refused(cast: Cast, tomorrow: Shift) -> None:
    page = f"{ROTA}swap/{tomorrow.uid}"
    assert as_(cast.cal).get(page).status_code == 404
    assert as_(cast.eve).get(page).status_code == 404
    for fields in ({}, {"to": "x"}, {"to": str(cast.eve.uid)}, {"to": str(cast.cal.uid), "theirs": "x"}):
        assert as_(cast.bea).post(page, fields).status_code == 400
    assert as_(cast.bea).post(page, {"to": str(cast.priya.uid)}).status_code == 409


def test_the_page_says_that_people_were_told_of_a_gap_only_when_somebody_was(cast: Cast) -> None:
    enter(cast.program.id)
    Contact.objects.update(unreachable_since=cast.now)
    gaps.look(cast.program.id, cast.now)
    page = text(as_(cast.dia).get(ROTA))
    assert "Nobody is on the rota." in page
    assert "was told" not in page
    enter(cast.program.id)
    Contact.objects.update(unreachable_since=None)
    CoverLook.objects.update(look_at=cast.now)
    gaps.look(cast.program.id, cast.now + timedelta(days=1))
    assert "Who can fill it was told" in text(as_(cast.dia).get(ROTA))
