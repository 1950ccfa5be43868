"""Everything that can be typed or stand in an address, with everything that somebody might put there."""

from __future__ import annotations

from html import escape
from typing import Any, Final
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.cache import cache

from tests.attack.forms import Form, asked_in_addresses, forms_of, words_of
from tests.attack.pages import PAGES, address
from tests.attack.world import WHO, World

SCRIPT: Final = "<img src=x onerror=xss-marker>\"'></textarea><script>xss-marker()</script>"
SQL: Final = "' or 1=1; drop table people_client; -- \") union select 1,2,3"
TEMPLATE: Final = "{{7*7}}{% load static %}${7*7}%(name)s{0.__class__}%n%s"
LINES: Final = "Ana\r\nBcc: all@elsewhere.example\r\n\r\nhello"
ODD: Final = "\u202e\u0000\ufeff\U0001f9ff\ud7ff\x7f\x1b[2J" + "e\u0301" * 40
LONG: Final = "9" * 6000
PAYLOADS: Final = {"code": f"{SCRIPT} {SQL} {TEMPLATE}", "lines": LINES, "odd": ODD, "long": LONG}
SLOW: Final = ("account_change_password", "account_reauthenticate")  # a password is slow to check, on purpose
HTML: Final = "text/html"


def who_may(key: str) -> list[str]:
    """Everyone whom this page opens for, at most one of each kind."""
    kinds = {"on the team": "staff", "director": "leads", "administrator": "runs", "Ana": "client", "nobody": "nobody"}
    letters = dict(zip(WHO, PAGES[key].outcomes("get"), strict=True))
    return [who for who in kinds if letters[who] == "o"]


def forms_at(world: World, key: str, who: str) -> list[Form]:
    answer = world.browser(who).get(address(key, world))
    if answer.status_code != 200 or not answer.headers.get("Content-Type", "").startswith(HTML):
        return []
    return forms_of(words_of(answer))


def post(world: World, who: str, here: str, fields: dict[str, str]) -> Any:
    cache.clear()
    return world.browser(who).post(here, fields, headers={"Sec-Fetch-Site": "same-origin"})


def where(form: Form, here: str) -> str:
    return form.action.partition("#")[0] or here


def unsafe(words: str) -> bool:
    return "<img src=x" in words or "<script>xss" in words or "onerror=xss-marker>" in words.replace("&gt;", "")


@pytest.mark.parametrize("key", sorted(PAGES))
def test_no_form_breaks_whatever_is_typed_into_it(world: World, key: str) -> None:
    """H-173: never a 500, and what is shown again is shown as words."""
    here, wrong = address(key, world), []
    for who in who_may(key)[:2]:
        for form in forms_at(world, key, who):
            for name, text in list(PAYLOADS.items())[: 1 if key in SLOW else None]:
                for fields in form.sent(text):
                    answer = post(world, who, where(form, here), fields)
                    words = (
                        words_of(answer) if not answer.headers.get("Content-Type", "").startswith("application") else ""
                    )
                    if answer.status_code >= 500:
                        wrong.append((who, name, where(form, here), answer.status_code, sorted(fields)))
                    if answer.headers.get("Content-Type", "").startswith(HTML) and unsafe(words):
                        wrong.append((who, name, where(form, here), "shown as it is", sorted(fields)))
    assert wrong == []


@pytest.mark.parametrize("key", sorted(PAGES))
def test_no_address_breaks_whatever_stands_behind_it(world: World, key: str) -> None:
    here, wrong = address(key, world), []
    for who in who_may(key)[:1]:
        browser = world.browser(who)
        for text in (*PAYLOADS.values(), "-1", "%ff%fe", "9999-12-31"):
            raw = text if text.startswith("%ff") else quote(text[:900])
            cache.clear()
            answer = browser.get(here + "?" + "&".join(f"{name}={raw}" for name in asked_in_addresses()))
            if answer.status_code >= 500:
                wrong.append((who, text[:30], answer.status_code))
            kind = answer.headers.get("Content-Type", "")
            if kind.startswith(HTML) and unsafe(words_of(answer)):
                wrong.append((who, text[:30], "shown as it is"))
            if "elsewhere" in answer.headers.get("Location", "") and text != LINES:
                wrong.append((who, text[:30], answer.headers["Location"]))
    assert wrong == []


PLACES: Final = {
    "token": ["x", "1.1.1.1.x", "%00", "a" * 4000, "..%2f..%2fetc%2fpasswd", "1.1.zz.1.AAAA", "\u202e"],
    "slug": ["x", "-", "a" * 300],
    "path": ["../../etc/passwd", "..%2f..%2fsettings", "protocols/panic/%00", "/etc/passwd", "protocols", "a/" * 200],
    "kind": ["x", "passwd", "__class__"],
    "measure": ["x", "__class__", "a" * 300],
    "view": ["x", "__class__"],
    "protocol": ["x", "panic-", "__init__"],
    "number": ["0", "99999999999999999999", "007"],
    "step": ["x", "__init__", "a" * 300],
    "code": ["x", "..", "%00", "e" * 300, "<script>"],
    "name": ["x", "%0d%0aSet-Cookie:%20a=b", "\u202e"],
    "uidb36": ["0", "zzzzzzzzzzzzzzzzzz", "9" * 400],
    "key": ["x", "set-password", "a" * 400, "%00"],
}


@pytest.mark.parametrize("key", sorted(key for key, page in PAGES.items() if set(page.ids) & PLACES.keys()))
def test_no_part_of_an_address_breaks_a_page_or_leaves_its_folder(world: World, key: str) -> None:
    """H-173. What cannot be is not there: no file of the machine, no settings, no error."""
    page, real = PAGES[key], address(key, world)
    for name in page.ids.keys() & PLACES.keys():
        value = page.ids[name]
        value = value[1:] if value.startswith("=") else str(world.ids[value])
        for odd in PLACES[name]:
            here = odd.join(real.rsplit(value, 1)) if value in real else real
            for who in who_may(key)[:1] or ["nobody"]:
                for method in ("get", "post"):
                    answer = getattr(world.browser(who), method)(here)
                    words = words_of(answer)
                    assert answer.status_code < 500, (method, here)
                    assert "root:x:" not in words
                    assert settings.SECRET_KEY not in words
                    assert "a=b" not in answer.cookies.output()


@pytest.mark.parametrize(
    "path", ["../settings.py", "..%2f..%2fentry%2fsettings.py", "%2e%2e/%2e%2e/entry/settings.py", "//etc/passwd"]
)
def test_no_file_but_a_public_one_is_served_as_static(world: World, path: str) -> None:
    answer = world.browser("nobody").get(f"/static/{path}")
    assert answer.status_code in (400, 404)
    assert b"SECRET_KEY" not in answer.content


# ---------------------------------------------------------------- what is kept is shown as words


def test_what_was_written_is_shown_as_words_on_every_page(world: World) -> None:
    """H-173: a script in any field of any form, and then every page as everyone. The content policy stands behind it."""
    sent = 0
    for key in sorted(PAGES):
        here = address(key, world)
        for who in who_may(key):
            if "logout" in key or "password" in key:
                continue
            for form in forms_at(world, key, who):
                for fields in form.sent(SCRIPT):
                    sent += post(world, who, where(form, here), fields).status_code < 400
    plant(world)
    shown = 0
    for key in sorted(PAGES):
        for who in WHO:
            answer = world.browser(who).get(address(key, world))
            if answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith(HTML):
                words = words_of(answer)
                assert not unsafe(words), (key, who)
                shown += escape("<img src=x onerror=xss-marker>") in words
                policy = answer.headers["Content-Security-Policy"]
                assert "script-src 'self'" in policy
                assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert sent > 20
    assert shown > 20


def plant(world: World) -> None:
    """What no form takes in this state, or takes only when it is well-formed: names, plan, wishes, words of answers."""
    from uuid import uuid4

    from holdfast.assessment import actions as assessment
    from holdfast.crisis import actions as crisis
    from holdfast.crisis.rules import Result
    from holdfast.people import reaching
    from holdfast.people.models import Client, Staff
    from holdfast.people.reaching import Wishes
    from holdfast.people.rules import Way
    from holdfast.plans import actions as plans
    from holdfast.plans.rules import Part, Someone

    world.in_program()
    cast, now = world.cast, world.cast.now
    for client in (cast.ana, world.ben):
        row = Client.objects.get(id=client.id)
        row.name = row.preferred_name = SCRIPT
        row.save(update_fields=["name", "preferred_name"])
        plans.write(
            row, cast.bea, dict.fromkeys(Part, SCRIPT), (Someone(Part.HELPERS, SCRIPT, "520 555 0177"),), "high", now
        )
        reaching.write_reaching(row, Wishes(Way.CALL, SCRIPT, None, SCRIPT, SCRIPT), cast.bea, now)
        reaching.name_supporter(row, name=SCRIPT[:60], relation=SCRIPT[:30], phone="520 555 0199", by=cast.bea, now=now)
    Staff.objects.filter(id__in=[cast.cal.id, cast.bea.id]).update(name=SCRIPT[:60])
    crisis.log_try(world.episode.id, cast.cal, Result.NO_ANSWER, "phone", SCRIPT, uuid4(), now)
    assessment.receive_concern(cast.program.id, name=SCRIPT, phone="5205550198", words=SCRIPT, place=SCRIPT, now=now)
