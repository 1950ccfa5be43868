"""Every address, as everyone: the table in `pages.py` says who may, and this file knocks."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.http import HttpResponse

from tests.attack.pages import PAGES, address, arguments, patterns, said, url_name
from tests.attack.world import MARKS, WHO, World

# Whoever runs a program sets clients up, so their names stand there.
NAMES = frozenset(
    {"program", "program_clients", "program_client", "program_table", "program_table_whole", "program_changes"}
)

# What a shut chart says to whoever may know names.
NAME = ("Ana", "Morales")


def letter(answer: HttpResponse) -> str:
    """The outcome as the table writes it."""
    if answer.status_code in (301, 302, 303) and "/sign-in/" in answer.headers["Location"]:
        return "s"
    return {403: "x", 404: "n", 405: "m"}.get(answer.status_code, "o" if answer.status_code < 500 else "5")


def test_the_table_knows_every_address() -> None:
    """A new page gets a line in tests/attack/pages.py."""
    assert {url_name(key) for key in PAGES} == patterns().keys()
    assert all(len(page.outcomes(method)) == len(WHO) for page in PAGES.values() for method in ("get", "post"))


@pytest.mark.parametrize("key", sorted(PAGES))
def test_each_person_is_let_in_or_refused_as_the_table_says(world: World, key: str) -> None:
    """H-170"""
    here, page = address(key, world), PAGES[key]
    wrong = []
    for method in ("get", "post"):
        cache.clear()
        for who, expected in zip(WHO, page.outcomes(method), strict=True):
            answer = getattr(world.browser(who), method)(here, REMOTE_ADDR="127.0.0.1")
            found = letter(answer)
            shut = expected == "k" and found == "x"
            if found != expected and not shut:
                wrong.append(f"{method} as {who}: {expected} was expected, {found} ({answer.status_code}) came")
            words = said(answer)
            leaked = [mark for mark in MARKS if mark in words] if found in "sxnm" else []
            if shut:
                leaked = [mark for mark in leaked if mark not in NAME]
            if who in ("Eve", "another client", "nobody", "device") and not page.token:
                leaked += [mark for mark in MARKS if mark in words]
            if who == "administrator" and url_name(key) not in NAMES:
                leaked += [mark for mark in MARKS if mark in words]
            if "marker-of-ana" in words and who in ("form", "nobody"):
                leaked.append("marker-of-ana")
            if leaked:
                wrong.append(f"{method} as {who} ({found}) says {sorted(set(leaked))}")
    assert wrong == []


@pytest.mark.parametrize("key", sorted(key for key, page in PAGES.items() if "uid" in page.ids))
def test_a_guessed_number_is_answered_like_one_that_does_not_exist(world: World, key: str) -> None:
    """Whoever may not open it cannot find out whether it is there."""
    real = arguments(key, world)["uid"]
    real = UUID(str(real))
    for who, outcome in zip(WHO, PAGES[key].outcomes("get"), strict=True):
        if outcome not in "xn":  # whoever may know names is told of a chart that is shut ("k")
            continue
        browser = world.browser(who)
        for method in ("get", "post"):
            if PAGES[key].outcomes(method)[WHO.index(who)] not in "xn":
                continue
            there = getattr(browser, method)(address(key, world))
            for guess in (uuid4(), UUID(int=real.int + 1), UUID(int=0)):
                nothing = getattr(browser, method)(address(key, world, uid=guess))
                assert nothing.status_code == there.status_code, (who, method)
                assert said(nothing) == said(there), (who, method)


def ids_of(world: World) -> dict[str, UUID]:
    """The same kinds of things, of the other program."""
    from holdfast.people.models import Staff

    world.in_the_other()
    eve = Staff.objects.get(id=world.cast.eve.id)
    return {
        "ana": world.olga.uid,
        "ben": world.olga.uid,
        "bea": eve.uid,
        "crisis": world.others_episode.uid,
        "closed": world.others_episode.uid,
    }


@pytest.mark.parametrize(
    "key", sorted(k for k, p in PAGES.items() if p.ids.get("uid") in ("ana", "ben", "bea", "crisis", "closed"))
)
def test_what_belongs_to_another_program_does_not_exist(world: World, key: str) -> None:
    """Nor for those who lead and may see everything of their own. H-14"""
    theirs = ids_of(world)[PAGES[key].ids["uid"]]
    for who in ("director", "supervisor", "on the team", "administrator"):
        for method in ("get", "post"):
            browser = world.browser(who)
            answer = getattr(browser, method)(address(key, world, uid=theirs))
            nothing = getattr(browser, method)(address(key, world, uid=uuid4()))
            assert answer.status_code in (403, 404), (who, method)
            assert (answer.status_code, said(answer)) == (nothing.status_code, said(nothing)), (who, method)
            assert "Olga" not in said(answer)


def test_whoever_is_refused_is_written_into_the_log_by_number_alone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.browser("Ana").get("/team/")
    (line,) = [record for record in caplog.records if record.getMessage() == "a page was refused"]
    assert (line.__dict__["view"], line.__dict__["id"]) == ("board", world.cast.ana.user_id)
    assert "Ana" not in str(line.__dict__["view"])
