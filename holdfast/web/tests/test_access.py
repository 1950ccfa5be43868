"""Default deny, who goes where, and the headers that every page carries."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from holdfast.people.models import Client, Staff
from holdfast.people.tests.cast import PASSWORD, Cast, make_cast
from holdfast.web.access import ALLAUTH_PAGES, PERMISSIONS, Access, public_page


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def as_(person: Staff | Client) -> Browser:
    browser = Browser()
    browser.force_login(person.user, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def every(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from every(pattern.url_patterns)
        else:
            yield pattern


def test_every_address_says_who_it_is_for() -> None:
    for pattern in every(get_resolver().url_patterns):
        declared = isinstance(getattr(pattern.callback, "access", None), Access)
        allauths = pattern.name in ALLAUTH_PAGES and pattern.callback.__module__.startswith("allauth.")
        assert declared or allauths, pattern


def test_a_view_that_does_not_say_it_is_refused(settings: Any) -> None:
    def bare(request: HttpRequest) -> HttpResponse:
        return HttpResponse("open")

    class Urls:
        urlpatterns = [path("bare", bare), path("fine", public_page(bare)), *get_resolver().url_patterns]
        handler403 = "holdfast.web.errors.forbidden"

    settings.ROOT_URLCONF = Urls
    assert Browser().get("/bare").status_code == 403
    assert Browser().get("/fine").content == b"open"


@pytest.mark.parametrize("page", ["/today", "/check-in", "/settings/devices"])
def test_client_pages_are_for_clients(cast: Cast, page: str) -> None:
    assert Browser().get(page).url.startswith("/sign-in/")
    assert as_(cast.bea).get(page).status_code == 403
    assert as_(cast.ana).get(page).status_code in (200, 302)


def test_everyone_is_taken_where_they_belong(cast: Cast) -> None:
    assert as_(cast.ana).get("/").url == "/today"
    assert as_(cast.bea).get("/").url == "/team/"
    assert Browser().get("/").status_code == 200


def test_signing_in_by_e_mail_and_password(cast: Cast) -> None:
    email = cast.ana.user.email
    browser = Browser()
    assert browser.get("/sign-in/").status_code == 200
    wrong = browser.post("/sign-in/", {"login": email, "password": "not this"})
    assert wrong.status_code == 200
    assert email in wrong.content.decode()
    right = browser.post("/sign-in/", {"login": email, "password": PASSWORD})
    assert right.status_code == 302
    assert browser.get(right.url).url == "/today"


def test_nobody_signs_up_by_themselves(db: None) -> None:
    page = Browser().get("/sign-up/").content.decode()
    assert "Accounts are made by your program" in page
    assert '<input type="password"' not in page


def test_an_old_form_is_refused_in_words(cast: Cast) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(cast.ana.user, "allauth.account.auth_backends.AuthenticationBackend")
    answer = browser.post("/check-in", {"form": "check-in"})
    assert answer.status_code == 403
    assert "tel:988" in answer.content.decode()


def test_headers_let_no_other_host_in(cast: Cast) -> None:
    for page in ("/", "/help", "/today", "/sign-in/", "/no-such-page"):
        headers = as_(cast.ana).get(page).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe-eval" not in policy
        assert "unsafe-inline" not in policy
        assert headers["Cache-Control"] == "no-store" or page == "/sign-in/"
        assert "no-store" in headers["Cache-Control"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"


def test_error_pages_need_no_database() -> None:
    """No `db` fixture: any query would fail this test."""
    answer = Browser().get("/no-such-page")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "There is no such page" in page
    assert "tel:988" in page


def test_permissions_name_known_roles_only() -> None:
    assert all(roles for roles in PERMISSIONS.values())


def test_a_way_back_leads_only_to_our_own_pages() -> None:
    assert Browser().get("/theme/dark?next=https://elsewhere.example/").url == "/"
    assert Browser().get("/language/es?next=//elsewhere.example").url == "/"
    answer = Browser().get("/language/es?next=/help")
    assert answer.url == "/help"
    assert answer.cookies["django_language"].value == "es"


def test_a_link_to_set_a_forgotten_password_leads_to_its_page(cast: Cast) -> None:
    key = default_token_generator.make_token(cast.bea.user)
    assert "-" in key
    link = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(cast.bea.user), "key": key})
    answer = Browser().get(link, follow=True)
    assert answer.status_code == 200
    assert 'name="password1"' in answer.content.decode()
