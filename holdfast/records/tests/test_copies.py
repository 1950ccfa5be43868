"""A copy holds everything that is held about a client, and nothing of anybody else."""

import json
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, models
from django.utils import translation
from pypdf import PdfReader

from holdfast.assessment import actions as assessment
from holdfast.assessment.models import Answer, Concern, Reminder, Response, RiskFinding, StaffConcern, Talk
from holdfast.assessment.texts import receive_text
from holdfast.care.models import Task
from holdfast.consent import actions as consents
from holdfast.consent.models import Consent, Disclosure
from holdfast.consent.words import How, Kind
from holdfast.crisis import actions as crisis
from holdfast.crisis import landing
from holdfast.crisis.models import Ask, Entry, Episode, Formulation, StepAnswer, UrgencyChange
from holdfast.crisis.rules import Disposition, Result, Said
from holdfast.crisis.voices import say
from holdfast.ledger.models import ChartRead
from holdfast.ledger.scope import enter
from holdfast.ledger.sealed import SealedTextField
from holdfast.notes.models import OwnNote
from holdfast.people.actions import enrol, install_device
from holdfast.people.models import BoundarySignature, ChartOpening, Client, FactorReset, Reaching, Supporter
from holdfast.people.rating import set_risk_level, wish_reminders
from holdfast.people.reaching import end_supporter, name_supporter
from holdfast.people.rules import ReminderBy, RiskLevel
from holdfast.people.tests.cast import Cast
from holdfast.plans import actions as plans
from holdfast.plans.rules import Part, Someone
from holdfast.records import asking, closing
from holdfast.records.models import Closing
from holdfast.records.offering import Whose, key
from holdfast.records.register import IN_COPIES, WORDS_NOT_IN_COPIES
from holdfast.records.rules import Asked, Form
from holdfast.web.record_file import copy_of

HELD = [model for model in apps.get_models() if model._meta.db_table in IN_COPIES]


def a_life(cast: Cast, client: Client) -> None:
    """Something of every kind that a copy holds."""
    now, bea, cal, program = cast.now, cast.bea, cast.cal, client.program_id
    client.phone, client.other_phone = client.phone or "+15205550601", f"+1520555{client.id % 10000:04}"
    client.wishes, client.pause_why = "Call me before noon", "A trip"
    client.born = "1994-02-11"
    client.save()
    install_device(client.id, program, "iPhone", now)
    set_risk_level(client, RiskLevel.MODERATE, bea, now, "Judged in a session")
    wish_reminders(client, ReminderBy.EMAIL, f"c{client.id}@home.example", now)
    Reaching.objects.create(
        program_id=program, client=client, way="call", safe_words="red kite", caller_says="a friend", at=now
    )
    Supporter.objects.create(program_id=program, client=client, name="Rosa Peña", phone="+15205550777", rank=1, at=now)
    BoundarySignature.objects.create(
        program_id=program, client=client, version="1", language="en", how="on_paper", witness=bea, at=now
    )
    agreed = Consent.objects.create(
        program_id=program,
        client=client,
        kind="telehealth",
        version="1",
        language="en",
        how="on_paper",
        signature="Ana Morales",
        guardian="Marta Morales",
        witness=bea,
        at=now,
        revoked_at=now,
        revoked_by=bea,
        revoked_why="She said so",
    )
    Disclosure.objects.create(
        program_id=program,
        client=client,
        recipient="emergency_medical",
        name="Ray",
        affiliation="County EMS",
        information=["danger"],
        words="Where she is",
        answer="yes",
        ground="2.51",
        nature="An overdose",
        belief="She may die",
        facts="She told us",
        consent=agreed,
        notice="not_needed",
        by=cal,
        at=now,
        written_at=now,
    )
    OwnNote.objects.create(
        program_id=program, client=client, note=uuid4(), number=1, author=bea, words="hers alone", at=now
    )
    ChartOpening.objects.create(
        program_id=program,
        client=client,
        by=cal,
        why="She rang the desk",
        at=now,
        ends_at=now,
        told=bea,
        review_by=now,
        reviewed_by=bea,
        reviewed_at=now,
        verdict="right",
        review="As it should be",
    )
    FactorReset.objects.create(program_id=program, client=client, by=bea, reason="She lost her phone", at=now)
    form = assessment.start_response(program, client.id, "phq-9", now)
    assessment.save_answers(form.uid, {"1": "2"}, "web", now)
    daily = assessment.start_response(program, client.id, "check-in", now)
    assessment.save_answers(daily.uid, {"1": "6", "7": "I slept badly"}, "web", now)
    Response.objects.filter(id=form.id).update(total=12, band="moderate", done_at=now)
    assessment.judge_response(daily.id, now)
    assessment.ask_for_help(client, "session", now)
    StaffConcern.objects.create(
        program_id=program, client=client, by=cal, kind="panic", urgency="same_day", words="Looked pale", at=now
    )
    Reminder.objects.create(program_id=program, client=client, day=now.date(), kind="morning", at=now)
    Talk.objects.create(program_id=program, client=client, at=now)
    Task.objects.create(
        program_id=program,
        client=client,
        about="reassessment",
        owner=bea,
        why="Judge the risk again",
        urgency="routine",
        opened_at=now,
        due_at=now,
        done_at=now,
        done_by=bea,
        outcome="Went well",
    )
    episode = Episode.objects.get(client=client)
    crisis.take(episode.id, cal, "board", now)
    say(client, Said.SAFE, "page", now)
    of = {"program_id": program, "episode": episode}
    crisis.log_try(episode.id, cal, Result.REACHED, "phone", "We talked", uuid4(), now)
    UrgencyChange.objects.create(**of, before="urgent", after="emergency", by=cal, why="She cried", at=now)
    StepAnswer.objects.create(
        **of,
        round=1,
        protocol="panic",
        version="1",
        step="breathe",
        ending="done",
        act="tick",
        words="Together",
        at=now,
    )
    Ask.objects.create(**of, kind="second", by=cal, to=bea, why="You know her", at=now)
    Formulation.objects.create(
        **of,
        client=client,
        by=cal,
        level="high",
        asked="All of it",
        risk_factors="Alone",
        protective_factors="Her dog",
        rationale="No intent",
        plan="Daily calls",
        at=now,
    )
    Entry.objects.create(**of, kind="note", by=cal, words="A note", at=now)
    landing.settle(
        episode.id,
        cal,
        disposition=Disposition.SAFE_WITH_PLAN,
        next_contact_at=now + timedelta(hours=2),
        next_contact_by=cal.id,
        words="She sleeps at home",
        now=now,
    )
    plans.write(
        client,
        bea,
        {part: f"words of {part}" for part in Part},
        (Someone(Part.HELPERS, "Uncle Teo", "+15205550888"),),
        "moderate",
        now,
    )
    ChartRead.objects.create(
        program_id=program, staff=bea.id, client=client.id, page="team_client", by_right="care team", at=now
    )
    closing.copied(client, Form.HTML, now, by=bea, asked=Asked.ON_PAPER, words="She showed her card")
    wrong = asking.ask(client, "My pronouns are wrong", "they/them", now)
    asking.answer(wrong, cast.dia, "denied", "right_and_whole", "We looked, and they are as you said.", now)
    asking.disagree(wrong, "They are still wrong to me", now)
    Closing.objects.create(
        program_id=program, client=client, by=bea, why="Moved away", at=now, opened_at=now, opened_by=bea
    )


def drawn(client: Client, now, form: Form, language: str = "en") -> str:
    with translation.override(language):
        raw = b"".join(copy_of(Whose(client, now, language), form).streaming_content)
    if form is Form.PDF:
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(raw)).pages)
    return raw.decode()


def rows_of(client: Client) -> dict[type[models.Model], list[models.Model]]:
    """Every row that a copy must hold, found by following every way to the client."""
    found: dict[type[models.Model], list[models.Model]] = {Client: [client]}
    ahead = [Client]
    while ahead:
        to = ahead.pop(0)
        ids = [row.pk for row in found[to]]
        for model in HELD:
            for field in model._meta.local_fields:
                if isinstance(field, models.ForeignKey) and field.related_model is to and model is not to:
                    rows = list(model.objects.filter(**{f"{field.attname}__in": ids}))
                    fresh = [row for row in rows if row not in found.get(model, [])]
                    if fresh:
                        found.setdefault(model, []).extend(fresh)
                        ahead.append(model)
    found[ChartRead] = list(ChartRead.objects.filter(client=client.id))
    page = apps.get_model("oncall", "Page")
    found[page] = list(page.objects.filter(paging__client_id=client.id))
    return found


@pytest.fixture
def lives(cast: Cast) -> Cast:
    cast.night_shift()
    a_life(cast, cast.ana)
    other = enrol(cast.program.id, name="Ben Otherperson", state="AZ", timezone="UTC", now=cast.now)
    a_life(cast, other)
    return cast


def mark(row: models.Model, field: str) -> str:
    return f"mark{row._meta.db_table.replace('_', '')}{row.pk}{field.replace('_', '')}"


@pytest.mark.role("owner")  # the only one who may overwrite a version of a plan
@pytest.mark.parametrize("form", list(Form))
def test_every_sealed_word_of_a_client_stands_in_each_form_and_none_of_another(lives: Cast, form: Form) -> None:
    """H-160, H-161"""
    now = enter(lives.program.id)
    marks: dict[bool, list[str]] = {True: [], False: []}
    clients = {True: lives.ana, False: Client.objects.exclude(id=lives.ana.id).get()}
    kinds = set()
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table consent_consent disable trigger ends_stay")
        cursor.execute("alter table consent_disclosure disable trigger ends_stay")
    for mine, client in clients.items():
        for model, rows in rows_of(client).items():
            for row in rows:
                for field in model._meta.local_fields:
                    if isinstance(field, SealedTextField) and getattr(row, field.attname) is not None:
                        setattr(row, field.attname, mark(row, field.attname))
                        row.save(update_fields=[field.attname])
                        marks[mine].append(mark(row, field.attname))
                        kinds.add((model, field.attname))
    sealed = {
        (model, field.attname)
        for model in HELD
        for field in model._meta.local_fields
        if isinstance(field, SealedTextField)
    }
    assert kinds == sealed  # the lives above hold something of every sealed column
    words = drawn(Client.objects.get(id=lives.ana.id), now, form).replace("\n", "")
    tables = {model._meta.db_table: model for model in HELD}
    left_out = tuple(
        mark(row, field)
        for (table, field) in WORDS_NOT_IN_COPIES
        for row in tables[table].objects.filter(client=lives.ana)
    )
    out = [one for one in marks[True] if one in left_out]
    assert len(out) == len(WORDS_NOT_IN_COPIES)
    assert [one for one in out if one in words] == [], "a colleague's reason may hold what somebody told them"
    marks[True] = [one for one in marks[True] if one not in out]
    assert [one for one in marks[True] if one not in words] == []
    assert [one for one in marks[False] if one in words] == []


def test_every_row_of_a_client_stands_in_the_file_for_another_clinic(lives: Cast) -> None:
    """H-160: also those without a word."""
    now = enter(lives.program.id)
    rows = rows_of(lives.ana)
    assert set(rows) == set(HELD), "the life above holds something of every table"
    words = drawn(lives.ana, now, Form.JSON)
    missing = [key(row) for each in rows.values() for row in each if f'"{key(row)}"' not in words]
    assert missing == []


def test_nothing_of_another_client_or_program_is_in_it(lives: Cast) -> None:
    """H-161"""
    now = enter(lives.program.id)
    other = Client.objects.exclude(id=lives.ana.id).get()
    for form in (Form.HTML, Form.JSON):
        words = drawn(lives.ana, now, form)
        assert "Otherperson" not in words
        for row in [row for each in rows_of(other).values() for row in each]:
            assert f'"{key(row)}"' not in words


def test_what_a_stranger_told_us_is_withheld_and_what_she_texted_herself_is_not(cast: Cast) -> None:
    """H-161: the day is said, never who it was."""
    cast.night_shift()
    receive_text(cast.program.id, cast.ana.phone, "markofherown please ring", cast.now)
    stranger = Concern.objects.create(
        program=cast.program, name="markofaneighbour", phone="+15205550999", words="markofwords", place="", at=cast.now
    )
    episode = Episode.objects.get(client=cast.ana)
    Episode.objects.filter(id=episode.id).update(concern=stranger)
    RiskFinding.objects.create(
        program=cast.program,
        client=cast.ana,
        concern=stranger,
        rule="stranger",
        rule_version="1",
        input="",
        why="Somebody was worried",
        urgency="urgent",
        at=cast.now,
    )
    for form in Form:
        words = drawn(cast.ana, cast.now, form)
        assert "markofherown" in words
        assert not {m for m in ("markofaneighbour", "markofwords", "5550999", "555-0999") if m in words}
    assert "Somebody told us they were worried about you" in drawn(cast.ana, cast.now, Form.HTML)
    assert "in confidence" in drawn(cast.ana, cast.now, Form.HTML)


def test_each_form_is_in_the_wording_that_she_saw_and_in_her_language(cast: Cast) -> None:
    form = assessment.start_response(cast.program.id, cast.ana.id, "phq-9", cast.now)
    assessment.save_answers(form.uid, {"1": "2"}, "web", cast.now)
    english, spanish = (drawn(cast.ana, cast.now, Form.HTML, language) for language in ("en", "es"))
    assert "Little interest or pleasure in doing things" in english
    assert "More than half the days" in english
    assert "Version of the questions" in english
    assert "Poco interés" in spanish
    assert "Tus respuestas" in spanish
    assert '<html lang="es"' in spanish


def test_the_file_for_another_clinic_is_a_bundle_with_codes_of_the_list_alone(lives: Cast) -> None:
    from holdfast.content.codes import code_list

    now = enter(lives.program.id)
    bundle = json.loads(drawn(lives.ana, now, Form.JSON))
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    kinds = {each["resource"]["resourceType"] for each in bundle["entry"]}
    wanted = "Patient QuestionnaireResponse Observation RiskAssessment CarePlan EpisodeOfCare Flag CareTeam"
    assert kinds >= {*wanted.split(), "RelatedPerson", "Communication", "AuditEvent", "Task"}
    ids = [(each["resource"]["resourceType"], each["resource"]["id"]) for each in bundle["entry"]]
    assert len(set(ids)) == len(ids)
    listed = {(each.code.system, each.code.code) for each in code_list().codes}
    allowed = listed | {("http://terminology.hl7.org/CodeSystem/observation-category", "survey")}
    ours = "urn:holdfast:consent:"  # what was ticked, for which no list has codes
    used = {(system, code) for system, code in codes_in(bundle) if not system.startswith(ours)}
    assert used <= allowed
    assert ("http://loinc.org", "87626-8") in used
    assert ("http://loinc.org", "44261-6") in used
    flag = next(each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == "Flag")
    assert flag["code"] == {"text": "active safety episode"}


def test_a_copy_says_who_of_the_team_wrote_what_and_writes_dates_in_one_way(lives: Cast) -> None:
    """ "In their words" left open whose words they are: hers, or a colleague's."""
    enter(lives.program.id)
    for language, born, by in (
        ("en", "Feb. 11, 1994", "What Cal Reyes wrote"),
        ("es", "11 de febrero de 1994", "Lo que escribió Cal Reyes"),
    ):
        words = drawn(lives.ana, lives.now, Form.HTML, language)
        assert f"<dd>{born}</dd>" in words
        assert f"<dt>{by}</dt><dd>Where she is</dd>" in words
        assert "1994-02-11" not in words
        assert "In their words" not in words
    assert '"birthDate": "1994-02-11"' in drawn(lives.ana, lives.now, Form.JSON)


def test_a_consent_that_a_newer_one_replaced_is_over_in_each_form(cast: Cast) -> None:
    """H-160: whoever reads the copy, a person or a machine, tells with it only what she agrees to now."""
    earlier = cast.now - timedelta(days=30)
    first = agreed_to(cast, Kind.EMERGENCY, ("danger", "medicines"), earlier)
    second = agreed_to(cast, Kind.EMERGENCY, ("danger",), cast.now - timedelta(days=2))
    gone = agreed_to(cast, Kind.MESSAGES, ("email",), earlier)
    consents.take_back(gone, None, "", earlier + timedelta(days=1))
    agreed_to(cast, Kind.MESSAGES, ("sms",), cast.now)
    found = {each["id"]: each for each in resources(drawn(cast.ana, cast.now, Form.JSON), "Consent")}
    old, new, back = (found[str(row.uid)] for row in (first, second, gone))
    assert (old["status"], new["status"], back["status"]) == ("inactive", "active", "inactive")
    assert old["provision"]["period"]["end"] == new["dateTime"]
    assert back["provision"]["period"]["end"] < new["dateTime"]
    for form in (Form.HTML, Form.PDF):
        words = drawn(cast.ana, cast.now, form)
        assert words.count("Replaced by a newer one") == 1, "what was taken back before is not said to be replaced"
        assert words.count("Ends") == Consent.objects.filter(expires_at__isnull=False).exclude(id=first.id).count()


def test_two_people_she_agreed_to_are_told_apart_by_a_machine(cast: Cast) -> None:
    """H-160"""
    rosa, frank = (
        name_supporter(cast.ana, name=name, relation="family", phone="", by=cast.bea, now=cast.now)
        for name in ("Rosa", "Frank")
    )
    to_rosa = agreed_to(cast, Kind.SUPPORTER, ("danger", "substances"), cast.now, rosa)
    to_frank = agreed_to(cast, Kind.SUPPORTER, ("here",), cast.now, frank)
    end_supporter(frank, cast.now)
    bundle = drawn(cast.ana, cast.now, Form.JSON)
    people = {f"RelatedPerson/{each['id']}": each["name"][0]["text"] for each in resources(bundle, "RelatedPerson")}
    said = {}
    for each in resources(bundle, "Consent"):
        actor, codes = each["provision"]["actor"], [one["coding"][0] for one in each["provision"]["code"]]
        assert {(one["system"], one["version"]) for one in codes} == {("urn:holdfast:consent:supporter", "1")}
        said[each["id"]] = (people[actor[0]["reference"]["reference"]], [one["code"] for one in codes], each["status"])
    assert said == {
        str(to_rosa.uid): ("Rosa", ["danger", "substances"], "active"),
        str(to_frank.uid): ("Frank", ["here"], "inactive"),  # nobody is told anything who is off the list
    }
    assert "They were taken off your list" in drawn(cast.ana, cast.now, Form.HTML)


def test_a_consent_that_waits_for_the_guardian_is_not_active_in_the_file(cast: Cast) -> None:
    """H-160, H-154"""
    cast.ana.born = (cast.now - timedelta(days=15 * 365)).date().isoformat()
    cast.ana.save(update_fields=["born"])
    agreed_to(cast, Kind.EMERGENCY, ("danger",), cast.now)
    (found,) = resources(drawn(cast.ana, cast.now, Form.JSON), "Consent")
    assert found["status"] == "proposed"
    assert "has not signed yet, so this does not count yet" in drawn(cast.ana, cast.now, Form.HTML)


def agreed_to(cast: Cast, kind: Kind, scopes: tuple[str, ...], now, person: Supporter | None = None) -> Consent:
    return consents.agree(
        cast.ana, kind, scopes=scopes, signature="Ana", how=How.IN_APP, language="en", now=now, supporter=person
    )


def resources(bundle: str, kind: str):
    found = (each["resource"] for each in json.loads(bundle)["entry"])
    return [each for each in found if each["resourceType"] == kind]


def codes_in(data: object):
    if isinstance(data, dict):
        if "code" in data and "system" in data:
            yield data["system"], data["code"]
        for each in data.values():
            yield from codes_in(each)
    elif isinstance(data, list):
        for each in data:
            yield from codes_in(each)


def test_a_word_that_will_not_open_takes_the_copy_from_nobody(lives: Cast) -> None:
    enter(lives.program.id)
    with connection.cursor() as cursor:
        cursor.execute("update assessment_answer set words = '\\x01' where words is not null")
    assert not Answer.objects.filter(words=b"").exists()
    assert "cannot be read" in drawn(lives.ana, lives.now, Form.HTML)


def test_a_long_record_is_read_in_few_statements_and_never_held_whole(cast: Cast) -> None:
    """H-166: three years of check-ins; the number of statements grows with parts of 200 forms, not with forms."""
    from django.test.utils import CaptureQueriesContext

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            drawn(cast.ana, cast.now, Form.JSON)
        return len(seen)

    few = statements()
    program = cast.program
    forms = Response.objects.bulk_create(
        Response(
            program=program,
            client=cast.ana,
            instrument="check-in",
            version="1",
            opened_at=cast.now - timedelta(days=day),
            done_at=cast.now - timedelta(days=day),
        )
        for day in range(1000)
    )
    Answer.objects.bulk_create(
        Answer(program=program, response=form, item=str(item), value=1, at=form.opened_at)
        for form in forms
        for item in range(1, 7)
    )
    assert statements() - few <= 6
    assert drawn(cast.ana, cast.now, Form.JSON).count('"QuestionnaireResponse"') == 1000
