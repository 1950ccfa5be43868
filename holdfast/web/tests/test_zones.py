"""A time zone that does not exist takes no page from anybody, and is refused where it is typed."""

from datetime import UTC, datetime

import pytest
from django.test import Client as Browser

from holdfast.assessment.actions import ask_for_help
from holdfast.crisis.models import Episode
from holdfast.ledger.models import Program
from holdfast.people.actions import enrol
from holdfast.people.models import Client
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.team.reading import Typed, moment
from holdfast.web.templatetags.team import in_zone, zone_name

NOWHERE = ("Nowhere/Atlantis", "", "America", "../../etc/passwd", "America/Phoenix\x1f")


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


def signed_in(person: object) -> Browser:
    browser = Browser()
    browser.force_login(person.user, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.mark.parametrize("bad", NOWHERE)
def test_pages_are_shown_whatever_the_zone_is_called(cast: Cast, bad: str) -> None:
    ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get()
    Client.objects.update(timezone=bad)
    Program.objects.update(timezone=bad)
    ana, cal = signed_in(cast.ana), signed_in(cast.cal)
    for page in ("/today", "/help", "/settings/devices"):
        assert ana.get(page).status_code == 200, page
    assert Browser().get(ana.get("/check-in", HTTP_SEC_FETCH_SITE="same-origin").url).status_code == 200
    assert Browser().get(ana.post("/help/now", HTTP_SEC_FETCH_SITE="same-origin").url).status_code == 200
    concern = Browser().post("/help/stranger", {"words": "My sister.", "program": "juniper"})
    assert Browser().get(concern.url).status_code == 200
    for page in ("/team/", "/team/rota/", "/team/tasks/", "/team/me/", f"/team/crisis/{episode.uid}"):
        assert cal.get(page).status_code == 200, page


def test_a_zone_that_does_not_exist_is_counted_and_called_utc() -> None:
    """Never the name of one zone with the hours of another: somebody would call at the wrong hour."""
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert in_zone(noon, "Nowhere/Atlantis").endswith("UTC")
    assert zone_name("Nowhere/Atlantis") == "UTC"
    assert zone_name("America/New_York") == "New York"
    form = Typed({"day": "2026-11-25", "hour": "12:00"})
    assert moment(form, "day", "hour", "Nowhere/Atlantis", noon) == datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize("bad", NOWHERE)
def test_nobody_is_enrolled_in_a_zone_that_does_not_exist(cast: Cast, bad: str) -> None:
    with pytest.raises(ValueError, match="There is no time zone called"):
        enrol(cast.program.id, name="Gus Hale", state="AZ", timezone=bad, now=cast.now)
    assert enrol(cast.program.id, name="Gus Hale", state="AZ", timezone="UTC", now=cast.now).timezone == "UTC"
