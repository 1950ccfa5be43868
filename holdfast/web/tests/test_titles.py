"""No title of a client's page names anybody or says which care it is: tabs, histories and screens at a distance show it."""

import re

import pytest
from django.test import Client as Browser
from django.test import TestCase
from django.urls import get_resolver

from holdfast.consent import actions
from holdfast.consent.words import How, Kind
from holdfast.crisis import actions as crisis
from holdfast.crisis.models import Episode
from holdfast.people import reaching
from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.consents import ALONE
from holdfast.web.tests.test_team import as_

GIVES_CARE_AWAY = re.compile("drug|alcohol|substance|treat|danger|crisis|therap|suicid|recording", re.IGNORECASE)
NOT_READ_HERE = {  # files, the presses of forms, and the addresses that are read below
    *("plan_kept", "agreed_paper", "told_paper", "my_looks_file", "help_now", "help_stranger", "help_of"),
    *("answer", "sent", "help_call", "agreed_person", "agreed_one"),
}


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


def title(browser: Browser, address: str) -> str:
    answer = browser.get(address, follow=True, HTTP_SEC_FETCH_SITE="same-origin")
    assert answer.status_code == 200, address
    found = re.search("<title>(.*?)</title>", answer.content.decode(), re.DOTALL)
    assert found, address
    return found[1].strip()


def names(cast: Cast) -> set[str]:
    people = [cast.ana.name, *(one.name for one in (cast.bea, cast.cal, cast.dia)), "Rosa Peña"]
    return {word for name in people for word in name.split()}


def pages_of_clients() -> list[str]:
    """Every address of theirs that needs nothing filled in."""
    from holdfast.web.client import urls

    named = [one.name for one in urls.urlpatterns if getattr(one, "name", None)]
    assert set(named) > NOT_READ_HERE
    return [name for name in named if name not in NOT_READ_HERE]


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_title_of_a_clients_page_names_anybody_or_gives_care_away(cast: Cast, language: str) -> None:
    cast.ana.language = language
    cast.ana.save(update_fields=["language"])
    rosa = reaching.name_supporter(
        cast.ana, name="Rosa Peña", relation="mother", phone="520 555 0177", by=cast.bea, now=cast.now
    )
    row = actions.agree(
        cast.ana,
        Kind.SUPPORTER,
        scopes=("danger",),
        signature="Ana Morales",
        how=How.IN_APP,
        language=language,
        now=cast.now,
        supporter=rosa,
    )
    ana = as_(cast.ana)
    reverse = get_resolver().reverse
    addresses = ["/" + reverse(name) for name in pages_of_clients()]
    addresses += [f"/agreed/person/{rosa.uid}", f"/agreed/paper/{row.uid}.html", *(f"/agreed/{kind}" for kind in ALONE)]
    seen = {address: title(ana, address) for address in addresses}
    with TestCase.captureOnCommitCallbacks(execute=True):
        call = ana.post("/help/now", HTTP_SEC_FETCH_SITE="same-origin").url
    seen["being called"] = title(ana, call)
    crisis.take(Episode.objects.get(client=cast.ana).id, cast.cal, "board", cast.now)
    seen["taken"] = title(ana, call)
    assert len(set(seen.values())) > 5
    for where, said in seen.items():
        assert not {word for word in names(cast) if re.search(rf"\b{word}\b", said)}, (where, said)
        assert not GIVES_CARE_AWAY.search(said), (where, said)
