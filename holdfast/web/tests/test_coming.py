"""Once it is settled, the client's own pages name the next contact: who, by when in their own time, and help before."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client as Browser

from holdfast.assessment.models import HelpCall
from holdfast.crisis import actions as crisis
from holdfast.crisis import landing
from holdfast.crisis.models import Episode
from holdfast.crisis.rules import Disposition, Result
from holdfast.crisis.tests.course import reached_by_cal
from holdfast.ledger.scope import enter
from holdfast.people.models import Client
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web import signed
from holdfast.web.client.help import SALT

CROSS = "allauth.account.auth_backends.AuthenticationBackend"
HOUR = timedelta(hours=1)
IN = {"en": "by 2:30 pm. If it gets hard before then, press “I need help now” at any hour, or call or text 988."}
IN["es"] = "a más tardar a las 2:30 pm. Si se pone difícil antes, oprime “Necesito ayuda ahora” a cualquier hora"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def settled(cast: Cast) -> datetime:
    """Bea is in touch the day after tomorrow at half past two where Ana is; which moment that is."""
    here = ZoneInfo(cast.ana.timezone)
    at = datetime.combine(cast.now.astimezone(here).date() + timedelta(days=2), datetime.min.time(), here)
    at = at.replace(hour=14, minute=30).astimezone(UTC)
    landing.settle(
        reached_by_cal(cast).id,
        cast.cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=at,
        next_contact_by=cast.bea.id,
        words="",
        now=cast.now,
    )
    return at


def her_pages(cast: Cast, language: str = "en") -> list[str]:
    """What became of her call, and her day."""
    enter(cast.program.id)
    Client.objects.filter(id=cast.ana.id).update(language=language)
    token = signed.Token(cast.program.id, cast.ana.id, HelpCall.objects.get().uid, cast.now)
    browser = Browser()
    browser.force_login(cast.ana.user, CROSS)
    pages = [browser.get(page).content.decode() for page in ("/help/call/" + signed.write(SALT, token), "/today")]
    enter(cast.program.id)
    return pages


@pytest.mark.parametrize(("language", "day"), [("en", "{0:%A}, {0:%B} {0.day}, "), ("es", " el ")])
@pytest.mark.parametrize("zone", ["America/Phoenix", "Pacific/Honolulu", "America/New_York"])
def test_her_pages_name_who_and_when_in_her_own_time_and_help_before(
    cast: Cast, language: str, day: str, zone: str
) -> None:
    cast.ana.timezone = zone
    Client.objects.filter(id=cast.ana.id).update(timezone=zone)
    at = settled(cast).astimezone(ZoneInfo(zone))
    for page in her_pages(cast, language):
        assert f"Bea {'se comunicará' if language == 'es' else 'will be in touch'}" in page
        assert day.format(at) + ("" if language == "es" else IN["en"]) in page
        assert IN[language] in page
        assert "tel:988" in page
    if language == "en":
        assert f">{at:%a} 2:30 pm<" in her_pages(cast)[0]


def test_a_talk_too_soon_leaves_it_there_and_the_contact_itself_ends_it(cast: Cast) -> None:
    at = settled(cast)
    episode = Episode.objects.get()
    crisis.log_try(episode.id, cast.bea, Result.REACHED, "phone", "", None, cast.now + HOUR)
    assert all("Bea will be in touch" in page for page in her_pages(cast))
    crisis.log_try(episode.id, cast.bea, Result.REACHED, "phone", "", None, at - HOUR)
    so, today = her_pages(cast)
    assert "You and your team agreed on what comes next" in so
    assert "will be in touch" not in so + today


def test_a_time_that_is_past_is_not_promised(cast: Cast) -> None:
    settled(cast)
    Episode.objects.update(next_contact_at=cast.now - HOUR)
    assert not any("will be in touch" in page for page in her_pages(cast))


def test_before_it_is_settled_nothing_is_said_of_it(cast: Cast) -> None:
    reached_by_cal(cast)
    assert not any("will be in touch" in page for page in her_pages(cast))
