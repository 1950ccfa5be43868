"""The team's pages are English all through until they are translated: no word of a client's page stands in them in Spanish."""

from typing import Any

import pytest
from django.core import mail as sent
from django.test import Client as Browser
from django.urls import get_resolver
from django.utils import translation

from holdfast.assessment import actions as assessment
from holdfast.crisis import actions as crisis
from holdfast.crisis.models import Episode
from holdfast.people import reaching
from holdfast.people.models import Client, Staff
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.signin import mail
from holdfast.web.team import urls
from holdfast.web.tests.test_team import as_, here, text


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


def in_spanish(person: Staff | Client) -> Browser:
    browser = as_(person)
    browser.cookies["django_language"] = "es"
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "es-MX,es;q=0.9"
    return browser


def lists() -> list[str]:
    """Every address of the team that needs nothing filled in."""
    named = (getattr(one, "name", None) for one in urls.urlpatterns)
    reverse = get_resolver().reverse_dict
    return [f"/{reverse[name][0][0][0]}" for name in named if name and not reverse[name][0][0][1]]


def test_pages_of_the_team_are_english_whatever_the_browser_asks_for(cast: Cast) -> None:
    rosa = reaching.name_supporter(
        cast.ana, name="Rosa Peña", relation="mother", phone="520 555 0177", by=cast.bea, now=cast.now
    )
    assessment.ask_for_help(cast.ana, "session", cast.now)
    episode = Episode.objects.get(client=cast.ana)
    crisis.take(episode.id, cast.cal, "board", cast.now)
    dia, tell = in_spanish(cast.dia), f"/team/people/{cast.ana.uid}/tell"
    addresses = [here(episode), f"/team/client/{cast.ana.uid}", f"/team/people/{cast.ana.uid}/consents", tell]
    shown = {address: dia.get(address) for address in [*addresses, *lists()]}
    asked = {"do": "ask", "whom": f"supporter.{rosa.uid}", "about": ["danger", "practical"], "now": ["overdose"]}
    shown["asked"] = dia.post(tell, asked)
    pages = {where: one for where, one in shown.items() if one.status_code == 200 and "<html" in text(one)}
    assert len(pages) > 10
    for where, one in pages.items():
        page = text(one)
        assert '<html lang="en"' in page, where
        assert one.headers["Content-Language"] == "en", where
        assert "hreflang" not in page, where  # no other language is offered
        for word in ("Inglés", "Citas", "médica", "Español", "ayuda"):
            assert word not in page, (where, word)
    assert "To whoever sends or brings medical help" in text(shown["asked"])
    assert '<html lang="es"' in text(in_spanish(cast.ana).get("/today"))


def test_mail_to_staff_is_english_and_to_a_client_in_their_own_language(cast: Cast, settings: Any) -> None:
    cast.ana.language = "es"
    cast.ana.save(update_fields=["language"])
    settings.HOLDFAST_SMTP_URL = "smtp://mail.example:25"
    with translation.override("es"):
        mail.changed(cast.bea.user, "app")
        mail.changed(cast.ana.user, "app")
        assert translation.get_language() == "es"
    bea, ana = sent.outbox
    assert (bea.to, bea.subject) == ([cast.bea.user.email], "Your sign-in was changed")
    assert "Was that you?" in bea.body
    assert ana.to == [cast.ana.user.email]
    assert ana.subject != bea.subject
