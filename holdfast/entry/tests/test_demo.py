"""The demo's made-up past keeps every promise, sends nothing to anybody, and is made only once."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from holdfast.entry import demo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seeded(database) -> tuple[datetime, str]:
    """Both programs, made now; and the watchdog's address, who sees across programs."""
    from holdfast.ledger.scope import read_now

    now = read_now()
    assert demo.seed(now)
    _sealed(database)
    return now, database.url("watchdog")


def _sealed(database) -> None:
    """As the worker does, once it runs."""
    from holdfast.ledger.seals import Sealer

    with psycopg.connect(database.url("worker"), autocommit=True) as worker:
        Sealer(alone=True).all_programs(worker)


def _broken(watchdog: str) -> dict[str, int]:
    """Violators of each promise, counted as the watchdog counts them."""
    from holdfast.wiring import PROMISES

    with psycopg.connect(watchdog, autocommit=True) as look:
        counts = {p.name: look.execute(f"select count(*) from ({p.sql}) broken").fetchone()[0] for p in PROMISES}
    return {name: count for name, count in counts.items() if count}


def _walk_the_tour(client, program: int) -> None:
    """The page opens while the telephone company is away, and its switches do what they say."""
    from holdfast.ledger import clock
    from holdfast.ledger.scope import program_scope
    from holdfast.oncall.queries import on_duty, who_answers_now

    assert client.head("/demo/").status_code == 200
    page = client.get("/demo/").content.decode()
    assert "telephone company does not answer yet" in page
    ticket = re.search(r'action="http://127.0.0.1[^"]*/demo/as".*?name="ticket" value="([^"]+)"', page, re.DOTALL)[1]
    assert client.post("/demo/as", {"ticket": ticket}).url == "/today"
    assert client.get("/today").status_code == 200
    assert client.post("/demo/as", {"ticket": ticket + "x"}).url == "/demo/"

    client.post("/demo/clock", {"do": "night"})
    with program_scope(program) as now:
        local = now.astimezone(ZoneInfo("America/Phoenix"))
        assert (local.hour, local.minute) == (2, 0) or 2 <= local.hour < 5
        assert who_answers_now(program, "AZ", now).name == "Cal"
    client.post("/demo/cover", {"do": "nobody"})
    with program_scope(program) as now:
        assert not any(on_duty(now).values())
    client.post("/demo/cover", {"do": "back"})
    with program_scope(program) as now:
        assert who_answers_now(program, "AZ", now).name == "Cal"
    client.post("/demo/clock", {"do": "reset"})
    assert clock.offset() == timedelta()
    client.logout()


def _the_course_was_walked(now: datetime) -> None:
    """Crises went through their protocols, and clients are known as a team knows them."""
    from holdfast.care.models import Task
    from holdfast.crisis.models import Ask, Clock, Entry, Episode, Formulation, StepAnswer
    from holdfast.entry.demo_course import DUE_TOMORROW, NOT_JUDGED
    from holdfast.people.looks import looks_under
    from holdfast.people.models import ChartOpening, Client, Reaching, ReminderWish, RiskRating
    from holdfast.plans.models import SafetyPlan

    closed = Episode.objects.filter(state="closed", client__isnull=False)
    assert {e.id for e in closed} <= set(Formulation.objects.values_list("episode_id", flat=True))
    assert StepAnswer.objects.filter(ending="done").count() > 5 * closed.count()
    assert Ask.objects.filter(kind="hand_over", answer="accepted").count() == 2
    assert Ask.objects.filter(kind="second", answer="accepted").exists()
    assert {"cannot_reach", "choice"} <= set(Entry.objects.values_list("kind", flat=True))
    assert not Clock.objects.filter(due_at__lte=now + timedelta(hours=3)).exists()
    assert Episode.objects.filter(state="settled", next_contact_at__lte=now + timedelta(hours=24)).exists()

    assert {"call", "text_only", "signing"} <= set(Reaching.objects.values_list("way", flat=True))
    assert Reaching.objects.exclude(not_safe_from=None).exists()
    assert Reaching.objects.exclude(interpreter="").exists()
    assert ReminderWish.objects.filter(ended_at=None).count() >= 5
    assert Client.objects.filter(standing="active").exclude(id__in=SafetyPlan.objects.values("client")).exists()
    rated = {client.name for client in Client.objects.filter(id__in=RiskRating.objects.values("client"))}
    assert not rated & NOT_JUDGED
    assert len(rated) > 30
    assert {"high", "moderate", "low"} == set(RiskRating.objects.values_list("level", flat=True))
    due = Task.objects.filter(about="reassessment", done_at=None, due_at__lte=now + timedelta(hours=50))
    assert {task.client.name for task in due} >= DUE_TOMORROW

    reviewed, waiting = ChartOpening.objects.order_by("at")
    assert (reviewed.by, reviewed.verdict, bool(reviewed.read_at)) == (waiting.by, "right", True)
    assert waiting.look_at is not None
    assert now < waiting.look_at
    assert waiting.told is not None
    assert [len(looks) for looks in looks_under([reviewed, waiting]).values()] == [2, 2]


def test_the_made_up_past_is_whole_and_a_second_start_takes_it_up(seeded, client):
    """One test, because the past takes a while to make."""
    from holdfast.assessment.models import Answer, Response
    from holdfast.care.models import Task
    from holdfast.crisis.models import Episode, Try
    from holdfast.ledger.models import Program
    from holdfast.ledger.scope import program_scope
    from holdfast.notify.models import Attempt
    from holdfast.oncall.models import Override, Page, Shift
    from holdfast.oncall.queries import cover_now, reachable_staff, who_answers_now
    from holdfast.people.models import Client, Contact, Licence, Staff
    from holdfast.web.demo.cast import CAL, OTHER_PROGRAM, PROGRAM

    now, watchdog = seeded
    assert _broken(watchdog) == {}

    juniper, harbor = Program.objects.get(slug=PROGRAM), Program.objects.get(slug=OTHER_PROGRAM)
    with program_scope(juniper.id) as later:
        assert Staff.objects.count() == 14
        assert {"therapist", "prescriber", "nurse", "case_manager", "peer", "office"} == set(
            Staff.objects.values_list("discipline", flat=True)
        )
        assert {"AZ", "NV", "ID", "NM"} == set(Licence.objects.values_list("state", flat=True))
        assert Contact.objects.count() == 28
        assert reachable_staff() == set(Staff.objects.values_list("id", flat=True))
        assert Client.objects.count() == 40
        assert Client.objects.filter(language="es").count() > 5
        # Nothing of the past is left to be sent, and nobody is being paged.
        assert not Attempt.objects.filter(due_at__isnull=False).exists()
        assert not Attempt.objects.filter(began_at__isnull=False).exists()
        assert not Answer.objects.filter(judged_at=None).exists()
        # Whole lives of crises, by all ways of answering; what is open is not in alarm.
        states = list(Episode.objects.values_list("state", flat=True))
        assert states.count("closed") >= 18
        assert states.count("settled") == 2
        assert len(states) >= 20
        assert {"sms", "voice", "board"} <= set(Page.objects.filter(answer="have").values_list("via", flat=True))
        assert Page.objects.filter(answer="cannot").exists()
        assert Try.objects.filter(result="no_answer").exists()
        assert not Episode.objects.filter(look_again_at__lt=later + timedelta(hours=3)).exists()
        _the_course_was_walked(later)
        assert not Task.objects.filter(look_again_at__lt=later + timedelta(minutes=20)).exists()
        assert Response.objects.filter(instrument="phq-9", total__isnull=False).count() > 100
        # Cal is the first on call now, whatever time it is, and somebody may treat in every state on every night.
        cal = Staff.objects.get(user__email=CAL)
        answering = who_answers_now(juniper.id, "AZ", later)
        assert answering is not None
        assert answering.staff == cal.id
        for day in range(-50, 27):
            for state in ("AZ", "NV", "ID", "NM"):
                assert cover_now(juniper.id, state, None, now + timedelta(days=day, hours=day % 24)).on_duty
        before = (Response.objects.count(), Episode.objects.count(), Shift.objects.count(), Override.objects.count())
    with program_scope(harbor.id) as later:
        assert Staff.objects.filter(user__email="eve@example.org").exists()
        assert who_answers_now(harbor.id, "ID", later) is not None
        morning = {
            shift.during.lower.astimezone(ZoneInfo("America/Boise")).hour
            for shift in Shift.objects.filter(level="first")
        }
        assert morning == {8, 20}, "shifts change at the same local hour, whatever the clocks do in spring and autumn"

    assert demo.seed(now + timedelta(seconds=5)) is False
    with program_scope(juniper.id):
        assert before == (
            Response.objects.count(),
            Episode.objects.count(),
            Shift.objects.count(),
            Override.objects.count(),
        )

    _walk_the_tour(client, juniper.id)

    # A week later: the made-up team has done its work meanwhile, the rota goes on, and Cal is first again.
    assert demo.seed(now + timedelta(days=9)) is False
    with program_scope(juniper.id):
        assert not Task.objects.filter(look_again_at__lt=now + timedelta(days=9)).exists()
        assert not Episode.objects.exclude(state="closed").exists()
        answering = who_answers_now(juniper.id, "AZ", now + timedelta(days=9))
        assert answering is not None
        assert answering.name == "Cal"
        assert Shift.objects.filter(during__startswith__gt=now + timedelta(days=35)).exists()
    assert _broken(watchdog) == {}


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-11-23T12:30+00:00", "2026-11-24T02:00-07:00"),
        ("2026-11-24T08:59+00:00", "2026-11-24T02:00-07:00"),
        ("2026-11-24T09:30+00:00", "2026-11-24T02:30-07:00"),  # it is night already
    ],
)
def test_the_next_night_is_in_the_programs_own_time(now, night):
    from holdfast.web.demo.views import next_night

    assert next_night(datetime.fromisoformat(now), ZoneInfo("America/Phoenix")) == datetime.fromisoformat(night)


def test_keys_are_made_once_and_kept_private(tmp_path: Path):
    made = demo._keys(tmp_path)
    assert demo._keys(tmp_path) == made
    assert (tmp_path / demo.KEYS).stat().st_mode & 0o077 == 0
    assert len(made["HOLDFAST_SECRET_KEY"]) >= 32


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path, capsys, monkeypatch):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path))
        monkeypatch.setenv("HOLDFAST_PORT", str(taken.getsockname()[1]))
        assert demo.demo_main() == 1
    said = capsys.readouterr().err
    assert "HOLDFAST_PORT" in said
    assert said.count("\n") == 1


def test_reset_throws_away_what_the_demo_made_and_nothing_else(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path))
    demo._keys(tmp_path)
    (tmp_path / "a letter of mine.txt").write_text("keep")
    assert demo.demo_main(reset=True) == 0
    assert not (tmp_path / demo.KEYS).exists()
    assert (tmp_path / "a letter of mine.txt").exists()


def test_the_tour_does_not_exist_outside_the_demo(settings, rf):
    from django.http import Http404

    from holdfast.web.demo import views

    settings.HOLDFAST_DEMO = False
    for view in (views.tour, views.shown):
        with pytest.raises(Http404):
            view(rf.get("/demo/"))
    for view in (views.side, views.handset, views.move_clock, views.cover):
        with pytest.raises(Http404):
            view(rf.post("/demo/"))


def test_a_handset_shows_texts_calls_pushes_and_mails_by_person():
    from holdfast.web.demo.handsets import Handset, _add

    phone = Handset(1, "Cal Reyes", "RN", "+15205550118")
    entry = {"reached_at": "2026-11-23T09:00:00+00:00", "at": "2026-11-23T09:00:00+00:00", "answered": None}
    screen = [
        {
            **entry,
            "channel": "sms",
            "text": "JP Desk: Someone needs you. Reply 5094 if you have this, NO 5094 if you cannot. http://localhost:8000/team/",
        },
        {**entry, "channel": "push", "text": json.dumps({"title": "JP Desk", "body": "Someone needs you."})},
        {**entry, "channel": "email", "text": "JP Desk\nSomeone needs you.\nhttp://localhost:8000/team/"},
    ]
    _add(
        phone,
        {"call": {"sid": "CA1", "state": "ringing", "said": [], "waiting_for_digits": False}, "screen": screen},
        timedelta(hours=2),
    )
    assert phone.ringing
    assert phone.codes == ("5094",)
    assert phone.first_name == "Cal"
    assert [item.title for item in phone.items] == ["", "JP Desk", "JP Desk"]
    assert all("http" not in item.words for item in phone.items)
    assert [item.links for item in phone.items] == [(), (), ("http://localhost:8000/team/",)]
    assert phone.items[0].at == datetime(2026, 11, 23, 11, tzinfo=UTC)


def handset_with(*texts: tuple[str, str | None]):
    """Cal's handset with these texts, oldest first, each with what was last replied to it."""
    from holdfast.web.demo.handsets import Handset, _add

    phone = Handset(1, "Cal Reyes", "RN", "+15205550118")
    screen = [
        {"channel": "sms", "text": words, "answered": answered, "at": at, "reached_at": at}
        for minute, (words, answered) in enumerate(texts)
        for at in [f"2026-11-23T09:0{minute}:00+00:00"]
    ]
    _add(phone, {"screen": screen}, timedelta())
    phone.items.reverse()
    return phone


ASKS_ONE = "JP Desk: Someone needs you. Reply 5094 if you have this, NO 5094 if you cannot. http://localhost:8000/team/"
ASKS_TWO = (
    "JP Desk: 2 people need you. Reply the number of each one you have, NO and the number if you cannot: 5094, 6120."
)


def test_a_text_that_asks_about_two_offers_a_reply_for_each():
    assert handset_with((ASKS_TWO, None)).codes == ("5094", "6120")
    assert handset_with((ASKS_TWO, "NO 5094")).codes == ("6120",)


def test_a_wrong_text_leaves_the_replies_where_they_are():
    assert handset_with((ASKS_ONE, "on my way 77")).codes == ("5094",)
    assert handset_with((ASKS_ONE, "5094"), ("You have this.", None)).codes == ()
    again = handset_with((ASKS_ONE, "hello"), ("We could not read that, and go on asking.", None))
    assert again.codes == ("5094",)
    assert again.texts[0].words == "We could not read that, and go on asking."
