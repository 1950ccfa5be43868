"""After a death nothing of a client stands on any page of their account, and nothing is done in their name."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client as Browser
from django.urls import URLPattern, get_resolver, reverse

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import HelpCall
from holdfast.consent import actions as consents
from holdfast.consent.models import Consent
from holdfast.consent.words import How, Kind
from holdfast.crisis import leaving
from holdfast.crisis.models import Episode
from holdfast.ledger.models import Fact
from holdfast.ledger.scope import enter
from holdfast.people import reaching
from holdfast.people.actions import hire, install_device
from holdfast.people.models import Client
from holdfast.people.rules import Discipline, Role, Standing
from holdfast.people.tests.cast import LONG_AGO, PASSWORD, Cast
from holdfast.plans import actions as plans
from holdfast.plans.rules import Part, Someone
from holdfast.web.client import answers
from holdfast.web.tests.test_signing_in import by_password, mail_leaves, real
from holdfast.web.tests.test_team import as_, text

__all__ = ["mail_leaves", "real"]  # fixtures

GONE = 410


@pytest.fixture
def agreed(cast: Cast) -> Consent:
    cast.night_shift()
    people = (Someone(Part.HELPERS, "Rosa Peña", "520 555 0177"),)
    plans.write(cast.ana, cast.bea, {Part.SIGNS: "I stop answering texts."}, people, "", cast.now)
    rosa = reaching.name_supporter(cast.ana, name="Rosa", relation="aunt", phone="+15205550177", by=None, now=cast.now)
    assert rosa is not None
    signed = {"signature": "Ana Morales", "how": How.IN_APP, "language": "en", "now": cast.now}
    consents.agree(cast.ana, Kind.SUPPORTER, scopes=("here",), supporter=rosa, **signed)
    return consents.agree(cast.ana, Kind.EMERGENCY, scopes=("danger",), **signed)


def died(cast: Cast) -> None:
    enter(cast.program.id)
    leaving.change_standing(cast.ana, Standing.DIED, cast.dia, "The county called", cast.now)


def every(resolver: Any) -> Iterator[URLPattern]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield each
        else:
            yield from every(each)


def of_an_account(agreed: Consent) -> list[str]:
    """Each address of a client's own pages and of how they sign in."""
    person = Consent.objects.get(kind=Kind.SUPPORTER).supporter
    assert person is not None
    known = {
        "agreed_paper": {"uid": agreed.uid, "kind": "html"},
        "agreed_person": {"uid": person.uid},
        "agreed_one": {"kind": "emergency"},
        "mfa_remove_webauthn": {"pk": 1},
    }
    return [
        reverse(one.name, kwargs=known.get(one.name, {}))
        for one in every(get_resolver())
        if one.name and getattr(getattr(one.callback, "access", None), "kind", "") in ("client", "account")
    ]


def test_no_page_of_the_account_shows_anything_and_no_press_changes_anything(cast: Cast, agreed: Consent) -> None:
    before = as_(cast.ana)
    assert "Rosa" in text(before.get("/plan/kept")), "the words that must be gone afterwards"
    died(cast)
    pages = of_an_account(agreed)
    assert len(pages) > 24
    ana = as_(cast.ana)
    facts = Fact.objects.count()
    for page in pages:
        for answer in (ana.get(page), ana.post(page, {"do": "take_back", "consent": str(agreed.uid), "form": "json"})):
            assert answer.status_code == GONE, page
            shown = answer.content.decode()
            assert "This page is not in use" in shown
            assert "tel:988" in shown
            for mark in ("Ana", "Morales", "Rosa", "Peña", "Bea", "0177", cast.ana.user.email, "died"):
                assert mark not in shown, f"{mark} stands on {page}"
    enter(cast.program.id)
    agreed.refresh_from_db()
    assert agreed.revoked_at is None
    assert Fact.objects.count() == facts


def test_the_page_says_whom_to_call_in_the_language_of_the_account(cast: Cast, agreed: Consent) -> None:
    died(cast)
    Client.objects.filter(id=cast.ana.id).update(language="es")
    cast.program.phone = "+15205550100"
    cast.program.save()
    page = text(as_(cast.ana).get("/today"))
    assert "tel:+15205550100" in page
    assert "Te escuchamos y corregimos lo que esté mal." in page
    assert 'href="/help"' in page


@pytest.mark.usefixtures("mail_leaves")
def test_a_recorded_death_signs_the_account_out_everywhere(cast: Cast, agreed: Consent, real: None) -> None:
    ana, _answer = by_password(cast.ana)
    assert ana.get("/today").status_code == 200
    died(cast)
    assert not UserSession.objects.filter(user=cast.ana.user).exists()
    assert ana.get("/today").url.startswith("/sign-in/")
    enter(cast.program.id)
    assert Fact.objects.filter(kind="SignedOut", data__whose=cast.ana.id, data__how="died").exists()
    again = Browser()
    again.post("/sign-in/", {"login": cast.ana.user.email, "password": PASSWORD})
    assert again.get("/today").status_code == GONE


def test_an_account_that_has_a_place_elsewhere_stays_signed_in_there(cast: Cast, agreed: Consent) -> None:
    enter(cast.other.id)
    part: dict[str, Any] = {"role": Role.CLINICIAN, "discipline": Discipline.THERAPIST, "since": LONG_AGO}
    hire(cast.other.id, name="Ana Morales", user=cast.ana.user, **part)
    ana = as_(cast.ana)
    died(cast)
    assert ana.get("/team/me/").status_code == 200
    assert ana.get("/today").status_code == GONE


def test_a_death_recorded_by_mistake_is_taken_back_by_who_leads_and_the_account_opens_as_before(
    cast: Cast, agreed: Consent
) -> None:
    died(cast)
    assert as_(cast.ana).get("/plan").status_code == GONE
    enter(cast.program.id)
    leaving.change_standing(cast.ana, Standing.ACTIVE, cast.dia, "It was somebody else of that name", cast.now)
    assert "Rosa" in text(as_(cast.ana).get("/plan"))
    assert as_(cast.ana).get("/settings/devices").status_code == 200


def test_the_help_button_of_an_installed_phone_still_raises_a_call(cast: Cast, agreed: Consent) -> None:
    phone = Browser()
    device, key = install_device(cast.ana.id, cast.program.id, "iPhone", cast.now)
    died(cast)
    phone.cookies["holdfast_device"] = f"{device.program_id}.{key}"
    answer = phone.post("/help/now", HTTP_SEC_FETCH_SITE="same-origin")
    assert answer.url.startswith("/help/call/")
    enter(cast.program.id)
    assert HelpCall.objects.filter(client=cast.ana).exists()
    assert Episode.objects.filter(client=cast.ana).exclude(state="closed").exists()
    assert phone.get(answer.url).status_code == 200


def test_a_form_whose_address_is_still_held_takes_an_answer_and_shows_none_that_was_given(
    cast: Cast, agreed: Consent
) -> None:
    form = assessment.start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    words = "I only told this page"
    assessment.save_answers(
        form.uid, {"1": "4", "2": "0", "3": "7", "4": "0", "5": "0", "6": "0", "7": words}, "web", cast.now
    )
    here = answers.address(cast.program.id, cast.ana.id, form.uid, cast.now)
    assert words in text(as_(cast.ana).get(f"{here}?q=7"))
    died(cast)
    assert words not in text(as_(cast.ana).get(f"{here}?q=7"))
    assert as_(cast.ana).post(here, {"asked": "1", "item-1": "0"}).status_code == 302
