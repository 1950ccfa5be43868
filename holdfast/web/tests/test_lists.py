"""The team's lists and the board's order: who sees what, how much is drawn, and at what cost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import RiskFinding
from holdfast.crisis import actions as crisis
from holdfast.crisis.models import Episode, Signal
from holdfast.crisis.rules import State
from holdfast.ledger import sealed
from holdfast.ledger.scope import enter
from holdfast.ledger.sealed import unseal
from holdfast.people import actions as people
from holdfast.people.models import Client, Staff
from holdfast.people.rules import Standing
from holdfast.people.tests.cast import LONG_AGO, Cast, make_cast
from holdfast.plans import actions as plans
from holdfast.plans.rules import Part

CROSS = "allauth.account.auth_backends.AuthenticationBackend"


def queries(found: CaptureQueriesContext) -> int:
    """Without the savepoint that stands for the request's transaction in a test."""
    return sum("SAVEPOINT" not in query["sql"] for query in found)


LISTS = ("/team/people/", "/team/work/", "/team/work/mine", "/team/work/team", "/team/work/overdue")


@pytest.fixture
def cast(db: None) -> Cast:
    made = make_cast()
    made.night_shift()
    return made


def as_(person: Staff | Client) -> Browser:
    browser = Browser()
    browser.force_login(person.user, CROSS)
    return browser


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def client(cast: Cast, name: str, **more: object) -> Client:
    return people.enrol(
        cast.program.id,
        name=name,
        state="AZ",
        timezone="America/Phoenix",
        now=cast.now,
        **more,
    )


@pytest.mark.parametrize("page", LISTS)
def test_lists_are_for_the_team(cast: Cast, page: str) -> None:
    for person in (cast.bea, cast.cal, cast.dia):
        assert as_(person).get(page).status_code == 200, person.name
    assert as_(cast.ana).get(page).status_code == 403
    assert Browser().get(page).url.startswith("/sign-in/")


def test_an_administrator_has_no_caseload_and_an_unknown_list_is_none(cast: Cast) -> None:
    assert as_(cast.adam).get("/team/people/").status_code == 403
    assert as_(cast.bea).get("/team/work/later").status_code == 404


# --- caseload ------------------------------------------------------------------------------------------


def test_a_caseload_is_ones_own_and_those_who_lead_see_all(cast: Cast) -> None:
    client(cast, "Theo Marsh")
    assert "Theo Marsh" not in text(as_(cast.bea).get("/team/people/"))
    assert "Ana Morales" in text(as_(cast.bea).get("/team/people/"))
    assert "Theo Marsh" in text(as_(cast.dia).get("/team/people/"))
    assert "Ana Morales" not in text(as_(cast.eve).get("/team/people/"))


def test_a_line_says_how_things_stand(cast: Cast) -> None:
    page = text(as_(cast.bea).get("/team/people/"))
    for words in ("Active", "Risk not rated yet", "Nothing open", "Has not answered anything yet", "No safety plan"):
        assert words in page
    enter(cast.program.id)
    assessment.ask_for_help(cast.ana, "session", cast.now)
    plans.write(cast.ana, cast.bea, {Part.SIGNS: "Quiet."}, (), "low", cast.now - timedelta(days=31))
    Client.objects.update(standing_since=cast.now - timedelta(days=9))
    page = text(as_(cast.bea).get("/team/people/"))
    for words in ("Open crisis, nobody has it yet", "Plan was to be reviewed by", "Gone quiet."):
        assert words in page


def test_those_who_left_are_shown_only_when_asked_for(cast: Cast) -> None:
    client(cast, "Theo Marsh", standing=Standing.DISCHARGED)
    assert "Theo Marsh" not in text(as_(cast.dia).get("/team/people/"))
    assert "Theo Marsh" in text(as_(cast.dia).get("/team/people/?all=yes"))


def test_a_long_caseload_comes_in_pages_at_the_same_cost(cast: Cast) -> None:
    def cost() -> int:
        browser = as_(cast.dia)
        with CaptureQueriesContext(
            connection,
        ) as found:
            browser.get("/team/people/")
        return queries(found)

    few = cost()
    enter(cast.program.id)
    for number in range(60):
        people.join_care_team(client(cast, f"Client {number}"), cast.bea, "primary", LONG_AGO)
    assert cost() == few
    assert few <= 20
    first, second = (text(as_(cast.dia).get(f"/team/people/?page={page}")) for page in (1, 2))
    assert "Client 5<" in first
    assert "Client 59<" in second
    assert as_(cast.dia).get("/team/people/?page=nonsense").status_code == 200


# --- mine, the team's, what is late --------------------------------------------------------------------


def test_mine_holds_what_i_own_or_am_asked_about(cast: Cast) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    assert "Ana M." in text(as_(cast.cal).get("/team/work/mine"))  # he is being asked
    assert "Ana M." not in text(as_(cast.bea).get("/team/work/mine"))
    enter(cast.program.id)
    crisis.take(Episode.objects.get().id, cast.bea, "board", cast.now)
    assert "Ana M." in text(as_(cast.bea).get("/team/work/mine"))
    assert "Ana M." in text(as_(cast.cal).get("/team/work/team"))


def test_late_holds_clocks_that_ran_out_and_plans_to_look_at_again(cast: Cast) -> None:
    plans.write(cast.ana, cast.bea, {Part.SIGNS: "Quiet."}, (), "high", cast.now - timedelta(days=8))
    theo = client(cast, "Theo Marsh")
    assessment.ask_for_help(theo, "session", cast.now - timedelta(hours=1))
    crisis.take(Episode.objects.get().id, cast.cal, "board", cast.now - timedelta(hours=1))
    page = text(as_(cast.bea).get("/team/work/overdue"))
    assert "Theo M." in page
    assert "was to be reviewed by" in page
    assert "Nothing is late" in text(as_(cast.eve).get("/team/work/overdue"))


# --- the board -----------------------------------------------------------------------------------------


def many(cast: Cast, number: int) -> None:
    """So many open crises at once, written straight into the tables: it is the reading that is measured."""
    enter(cast.program.id)
    common = {"program_id": cast.program.id}
    clients = Client.objects.bulk_create(
        Client(
            **common,
            name=f"Number {n:04d}",
            preferred_name=f"Number{n:04d}",
            state="AZ",
            timezone="America/Phoenix",
            standing="active",
            standing_since=cast.now,
        )
        for n in range(number)
    )
    owners = (None, cast.cal, cast.bea)
    episodes = Episode.objects.bulk_create(
        Episode(
            **common,
            client=one,
            protocol="i-need-help-now",
            protocol_version="1",
            urgency="emergency" if n % 7 == 0 else "urgent",
            state=State.RAISED if owners[n % 3] is None else State.OWNED,
            owner=owners[n % 3],
            owned_at=cast.now if owners[n % 3] else None,
            raised_at=cast.now - timedelta(minutes=n),
            signal_at=cast.now,
            look_again_at=cast.now + timedelta(seconds=n),
        )
        for n, one in enumerate(clients)
    )
    findings = RiskFinding.objects.bulk_create(
        RiskFinding(
            **common,
            client=e.client,
            rule="r",
            rule_version="1",
            input="x",
            why="Because",
            urgency=e.urgency,
            at=cast.now,
        )
        for e in episodes
    )
    Signal.objects.bulk_create(
        Signal(**common, episode=e, finding=f, at=cast.now) for e, f in zip(episodes, findings, strict=True)
    )


@pytest.mark.parametrize("who", ["dia", "cal"])
def test_a_board_of_a_thousand_crises_is_read_in_at_most_fifteen_queries_and_stays_small(cast: Cast, who: str) -> None:
    many(cast, 1000)  # and the watch is silent: that there is trouble costs nothing more
    browser = as_(getattr(cast, who))
    with CaptureQueriesContext(connection) as found:
        answer = browser.get("/team/")
    assert "Nobody checks right now" in text(answer)
    assert queries(found) <= 15, "\n".join(q["sql"][:150] for q in found)
    assert text(answer).count('<article class="case') == 60
    assert len(answer.content) < 250_000
    assert "Page 1 of 17, 1000 crises in all" in text(answer)
    assert "Number0000" in text(answer)


@pytest.mark.parametrize("asked", ["", "?by=owner", "?by=age&page=3"])
def test_no_name_is_unsealed_but_of_those_shown_and_those_said_aloud(
    cast: Cast, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(cast, 200)
    seen: set[bytes] = set()

    def watched(text: bytes, place: bytes) -> str:
        seen.add(place)
        return unseal(text, place)

    monkeypatch.setattr(sealed, "unseal", watched)
    page = text(as_(cast.dia).get(f"/team/{asked}"))
    uids = {place.split(b"|")[2].decode() for place in seen if place.split(b"|")[1] == b"people_client"}
    names = set(Client.objects.filter(uid__in=uids).values_list("uid", flat=True))
    shown = set(Client.objects.filter(id__in=_shown(page)).values_list("uid", flat=True))
    aloud = [
        name for name in page.partition('data-nobody="')[2].partition('"')[0].split(" and ")[0].split(", ") if name
    ]
    assert len(shown) == 60
    assert shown <= names
    assert len(names - shown) <= len(aloud) <= 5


def _shown(page: str) -> list[int]:
    uids = [piece.partition('"')[0] for piece in page.split('id="case-')[1:]]
    return list(Episode.objects.filter(uid__in=uids).values_list("client_id", flat=True))


def test_the_counts_are_of_all_that_is_open_whatever_page_is_shown(cast: Cast) -> None:
    many(cast, 130)
    for page, group, count in ((1, "nobody", 44), (2, "someone", 86)):
        drawn = text(as_(cast.dia).get(f"/team/?page={page}"))
        assert "130 open. Oldest" in drawn
        assert f">{count}</span></h2>" in drawn.split(f'id="g-{group}"')[1]


def test_what_nobody_has_stands_on_the_first_pages_in_every_order(cast: Cast) -> None:
    many(cast, 130)
    for by in ("clock", "urgency", "age", "owner"):
        page = text(as_(cast.dia).get(f"/team/?by={by}"))
        assert 'id="g-someone"' in page or page.count("case card seek") == 60, by
        assert page.count("case card seek") == 44, by


def test_the_board_is_put_in_order_by_urgency_age_and_owner(cast: Cast) -> None:
    many(cast, 30)

    def order(by: str, group: str) -> list[str]:
        page = text(as_(cast.dia).get(f"/team/?by={by}"))
        part = page.split(f'id="g-{group}"')[1].split("</section>")[0]
        return [piece.split("</a>")[0].split(">")[-1][:10] for piece in part.split('id="a-')[1:]]

    assert order("urgency", "nobody")[:2] == ["Number0000", "Number0021"]
    assert order("age", "nobody")[0] == "Number0027"
    owners = order("owner", "someone")
    assert int(owners[0][-4:]) % 3 == 2  # Bea before Cal
    assert int(owners[-1][-4:]) % 3 == 1
    assert order("nonsense", "nobody") == order("clock", "nobody")


def test_a_page_beyond_the_last_is_the_last(cast: Cast) -> None:
    many(cast, 70)
    assert "Page 2 of 2" in text(as_(cast.dia).get("/team/?page=99"))
    assert "Page 1 of 2" in text(as_(cast.dia).get("/team/?page=x"))


# --- who needs somebody --------------------------------------------------------------------------------


def test_the_part_that_rings_tells_emergencies_and_who_is_asked(cast: Cast) -> None:
    calm = text(as_(cast.cal).get("/team/needs"))
    assert 'data-emergencies="0"' in calm
    assert 'data-title=""' in calm
    enter(cast.program.id)
    assessment.ask_for_help(cast.ana, "session", cast.now)
    asked, other = (text(as_(person).get("/team/needs")) for person in (cast.cal, cast.bea))
    assert 'data-emergencies="1" data-asked="1"' in asked
    assert "1 person needs you" in asked
    assert 'data-emergencies="1" data-asked="0"' in other
    assert "Nobody has 1 yet" in other
    assert 'data-emergencies="0"' in text(as_(cast.eve).get("/team/needs"))


def test_an_administrator_hears_only_what_they_are_asked(cast: Cast) -> None:
    assessment.ask_for_help(cast.ana, "session", cast.now)
    assert 'data-nobody-has="0"' in text(as_(cast.adam).get("/team/needs"))


@pytest.mark.parametrize("page", ["/team/", "/team/rota/", "/team/people/", "/team/work/"])
def test_every_page_of_the_team_has_the_sound_and_its_mute(cast: Cast, page: str) -> None:
    found = text(as_(cast.dia).get(page))
    assert 'id="needs"' in found
    assert "Turn sound on" in found
    assert "An emergency that nobody has still sounds." in found
