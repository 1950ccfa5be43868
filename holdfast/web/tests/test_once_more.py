"""What asks once more who one is, what comes after it, and that a client finds help and their menu everywhere."""

import re
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client as Browser
from django.urls import reverse

from holdfast.ledger.models import Fact
from holdfast.ledger.scope import enter
from holdfast.people.models import Contact
from holdfast.people.tests.cast import PASSWORD, Cast
from holdfast.web.proved import hands_out_when
from holdfast.web.signin import factors
from holdfast.web.tests.test_signing_in import _carried, _works_for_a_while, as_, has_app, later, mail_leaves, real

__all__ = ["later", "mail_leaves", "real"]  # fixtures

PROOF = {"once_more": "prove", "once_more_password": PASSWORD}


# ---- files ------------------------------------------------------------------------------------------------------


def test_a_file_is_offered_on_a_page_after_the_proof_and_the_asking_page_is_gone(cast: Cast, later: Any) -> None:
    """A browser saves a file and goes on to show the page before: people pressed again and again."""
    dia, at = as_(cast.dia), "/program/files/clients/all.csv"
    _works_for_a_while(dia, "/program/", later)
    assert "That password is not right" in dia.post(at, {**PROOF, "once_more_password": "no"}).content.decode()
    offered = dia.post(at, PROOF)
    assert offered.status_code == 200
    page = offered.content.decode()
    assert "Here is your file" in page
    assert "not right" not in page
    assert f'href="{at}" download' in page
    enter(cast.program.id)
    assert not Fact.objects.filter(kind="TableTaken").exists()
    assert "text/csv" in dia.get(at)["Content-Type"]
    enter(cast.program.id)
    assert Fact.objects.filter(kind="TableTaken").count() == 1


def test_a_file_that_a_press_hands_out_is_fetched_with_what_was_typed(
    cast: Cast, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of which some presses are answered with a file: those lead to it, others go on as always."""
    dia, at = as_(cast.dia), reverse("program_client", args=[cast.ana.uid])
    view = dia.get(at).resolver_match.func
    _works_for_a_while(dia, at, later)
    marked = hands_out_when(lambda request: request.POST.get("do") == "change")
    monkeypatch.setattr(view, "hands_out", None, raising=False)
    marked(view)
    asked = dia.post(at, {"do": "change", "name": "Ana of the lake"})
    offered = dia.post(at, {**PROOF, "once_more_carried": _carried(asked.content.decode())})
    assert offered.status_code == 200
    page = offered.content.decode()
    assert "Here is your file" in page
    assert "lake" not in page
    fetched = dia.post(at, {"once_more": "fetch", "once_more_carried": _carried(page)})
    assert "Ana of the lake" in fetched.content.decode()  # the press arrived, with what was typed
    later(minutes=16)
    late = dia.post(at, {"once_more": "fetch", "once_more_carried": _carried(page)})
    assert late.status_code == 403  # what is fetched later is asked for again
    assert _carried(late.content.decode()) == _carried(page)


def test_what_is_fetched_without_a_proof_is_asked_for(cast: Cast, later: Any) -> None:
    dia, at = as_(cast.dia), "/program/files/clients/all.csv"
    _works_for_a_while(dia, "/program/", later)
    asked = dia.post(at, {"once_more": "fetch"})
    assert asked.status_code == 403
    assert 'role="alert"' not in asked.content.decode()  # nothing was tried, so nothing was wrong
    enter(cast.program.id)
    assert not Fact.objects.filter(kind="SignInFailed").exists()


def test_a_file_behind_a_locked_page_is_offered_too(cast: Cast, later: Any) -> None:
    dia, at = as_(cast.dia), "/program/files/clients/all.csv"
    later(minutes=16)
    assert "<title>Locked</title>" in dia.get(at).content.decode()
    assert "Here is your file" in dia.post(at, PROOF).content.decode()


@pytest.mark.parametrize(
    ("name", "who", "before"), [("told_paper", "ana", "/today"), ("program_table_whole", "dia", "/program/")]
)
def test_files_ask_once_more(cast: Cast, later: Any, name: str, who: str, before: str) -> None:
    browser = as_(getattr(cast, who))
    _works_for_a_while(browser, before, later)
    at = reverse(name, args=["clients"] if name == "program_table_whole" else [])
    assert browser.get(at).status_code == 403
    assert "Here is your file" in browser.post(at, PROOF).content.decode()
    assert "attachment" in browser.get(at)["Content-Disposition"]


# ---- presses ------------------------------------------------------------------------------------------------------


def test_ones_own_contacts_are_changed_after_a_proof_and_read_without(cast: Cast, later: Any) -> None:
    """Whoever finds a desk open must not silence the pages of whoever is on call."""
    cal = as_(cast.cal)
    _works_for_a_while(cal, "/team/me/", later)
    enter(cast.program.id)
    contact = Contact.objects.filter(staff=cast.cal, kind="phone").get()
    asked = cal.post("/team/me/", {"do": "end", "contact": str(contact.uid)})
    assert asked.status_code == 403
    enter(cast.program.id)
    assert Contact.objects.get(id=contact.id).ended_at is None
    added = {"do": "add", "kind": "phone", "address": "+1 520 555 0177", "label": "mine"}
    assert cal.post("/team/me/", added).status_code == 403
    assert cal.post("/team/me/", {"do": "test", "contact": str(contact.uid)}).status_code == 302
    done = cal.post("/team/me/", {**PROOF, "once_more_carried": _carried(asked.content.decode())})
    assert done.status_code == 302
    enter(cast.program.id)
    assert Contact.objects.get(id=contact.id).ended_at is not None


@pytest.mark.parametrize("at", ["/program/order", "/program/names"])
def test_who_is_asked_first_and_what_clients_ring_are_changed_after_a_proof(cast: Cast, later: Any, at: str) -> None:
    dia = as_(cast.dia)
    _works_for_a_while(dia, at, later)
    assert dia.post(at, {}).status_code == 403


def test_clinical_content_is_approved_after_a_proof(cast: Cast, later: Any) -> None:
    dia = as_(cast.dia)
    path = re.search(r'href="(/program/content/unit/[^"]+)"', dia.get("/program/content/").content.decode())
    assert path
    _works_for_a_while(dia, path[1], later)
    for do in ("approve", "confirm", "withdraw"):
        assert dia.post(path[1], {"do": do}).status_code == 403


# ---- help, everywhere ---------------------------------------------------------------------------------------------

OF_THEIR_ACCOUNT = (
    "mfa_index",
    "usersessions_list",
    "account_change_password",
    "account_set_password",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_add_webauthn",
)


def _has_help(page: str) -> bool:
    return 'class="lamp" href="/help"' in page


def test_every_page_of_a_clients_account_has_help_and_the_way_back_to_their_menu(cast: Cast, later: Any) -> None:
    has_app(cast.ana)
    with factors.of(cast.ana.user):
        RecoveryCodes.activate(cast.ana.user)
    ana = as_(cast.ana)
    for name in OF_THEIR_ACCOUNT:
        page = ana.get(reverse(name), follow=True).content.decode()
        assert _has_help(page), name
        assert 'href="/today"' in page, name
        assert page.count('class="lamp"') == 1, name
    assert "set up another" not in ana.get(reverse("mfa_deactivate_totp")).content.decode()  # nobody makes them
    _works_for_a_while(ana, "/today", later)
    asked = ana.get(reverse("account_change_password")).content.decode()
    assert "Please show that it is you" in asked
    assert _has_help(asked)
    assert 'href="/today"' in asked
    later(minutes=130)
    locked = ana.get("/today").content.decode()
    assert _has_help(locked)


def test_every_page_of_signing_in_has_help(cast: Cast) -> None:
    for name in (
        "account_login",
        "account_request_login_code",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_inactive",
    ):
        assert _has_help(Browser().get(reverse(name)).content.decode()), name
    assert _has_help(as_(cast.ana).get(reverse("account_logout")).content.decode())
    bad = Browser().get(reverse("account_reset_password_from_key", args=["x", "y-z"]), follow=True)
    assert _has_help(bad.content.decode())


def test_staff_have_no_menu_of_clients_on_the_pages_of_their_account(cast: Cast) -> None:
    bea = as_(cast.bea)
    assert 'href="/today"' not in bea.get("/security/").content.decode()
