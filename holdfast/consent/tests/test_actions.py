"""Consents are signed, taken back one by one, and never changed otherwise; who was told what is kept."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from holdfast.consent import actions, queries
from holdfast.consent.actions import NotComplete, Telling
from holdfast.consent.models import Consent, Disclosure
from holdfast.consent.papers import missing, together
from holdfast.consent.signatures import newest
from holdfast.consent.words import Age, EndedBy, Field, Ground, How, Info, Kind, Now, Recipient, Say
from holdfast.content import consents as texts
from holdfast.content.consents import consent_text
from holdfast.ledger.models import Fact
from holdfast.ledger.scope import enter
from holdfast.people import reaching
from holdfast.people.actions import change_standing
from holdfast.people.models import Client, Supporter
from holdfast.people.queries import reminder_wish
from holdfast.people.rating import wish_reminders
from holdfast.people.rules import ReminderBy, Standing
from holdfast.people.tests.cast import Cast

ADULT = date(1990, 4, 30)


def born(cast: Cast, day: date) -> None:
    cast.ana.born = day.isoformat()
    cast.ana.save(update_fields=["born"])


@pytest.fixture
def rosa(cast: Cast) -> Supporter:
    return reaching.name_supporter(
        cast.ana, name="Rosa Morales", relation="mother", phone="520 555 0177", by=cast.bea, now=cast.now
    )


@pytest.fixture
def frank(cast: Cast) -> Supporter:
    return reaching.name_supporter(
        cast.ana, name="Frank", relation="brother", phone="520 555 0199", by=cast.bea, now=cast.now
    )


def sign(cast: Cast, kind: Kind, scopes: tuple[str, ...] = (), **more: object) -> Consent:
    args = {"signature": "Ana Morales", "how": How.IN_APP, "language": "en", "now": cast.now, **more}
    return actions.agree(cast.ana, kind, scopes=scopes, **args)


def every(cast: Cast, rosa: Supporter, frank: Supporter) -> list[Consent]:
    return [
        sign(cast, Kind.EMERGENCY, ("danger",)),
        sign(cast, Kind.TELEHEALTH),
        sign(cast, Kind.PART_2),
        sign(cast, Kind.SUPPORTER, ("danger", "here"), supporter=rosa),
        sign(cast, Kind.SUPPORTER, ("here",), supporter=frank),
        sign(cast, Kind.MESSAGES, ("sms",)),
    ]


def bytes_of(table: str) -> dict[int, str]:
    """Every row as PostgreSQL holds it, sealed columns too."""
    with connection.cursor() as cursor:
        cursor.execute(f"select id, t::text from {table} t order by id")
        return dict(cursor.fetchall())


def test_taking_one_back_never_alters_another(cast: Cast, rosa: Supporter, frank: Supporter) -> None:
    """H-150: each in turn, the others byte for byte as they were."""
    rows = every(cast, rosa, frank)
    for row in rows:
        before = bytes_of("consent_consent")
        actions.take_back(row, None, "", cast.now + timedelta(minutes=1))
        after = bytes_of("consent_consent")
        assert [number for number in before if before[number] != after[number]] == [row.id]
    assert Consent.objects.filter(revoked_at=None).count() == 0


@pytest.mark.parametrize("role", [pytest.param(one, marks=pytest.mark.role(one)) for one in ("web", "worker")])
def test_the_database_lets_nobody_write_anything_but_the_end_of_a_consent(cast: Cast, role: str) -> None:
    """H-150"""
    row = sign(cast, Kind.EMERGENCY, ("danger",))
    for column, value in (
        ("scopes", ["danger", "substances"]),
        ("expires_at", None),
        ("version", "9"),
        ("by", cast.cal.id),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Consent.objects.filter(id=row.id).update(**{column: value})
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Consent.objects.filter(id=row.id).delete()


@pytest.mark.parametrize("role", ["web", "worker"])
def test_what_was_taken_back_never_holds_again(cast: Cast, role: str) -> None:
    """H-150: a row that ended stays as it is, whatever a fault or an attack writes."""
    row = sign(cast, Kind.TELEHEALTH)
    actions.take_back(row, cast.bea, "", cast.now)
    with pytest.raises(DatabaseError, match="what has ended stays as it is"), transaction.atomic():
        Consent.objects.filter(id=row.id).update(revoked_at=None)


def test_nobody_signs_in_the_name_of_somebody_who_died(cast: Cast) -> None:
    change_standing(cast.ana, Standing.DIED, cast.now)
    with pytest.raises(NotComplete, match="nothing can be signed"):
        sign(cast, Kind.TELEHEALTH)


def test_taken_back_twice_it_stands_as_it_was_first(cast: Cast) -> None:
    row = sign(cast, Kind.TELEHEALTH)
    actions.take_back(row, cast.bea, "she said so on the phone", cast.now)
    actions.take_back(row, None, "", cast.now + timedelta(days=1))
    row.refresh_from_db()
    assert (row.revoked_at, row.revoked_by_id, row.revoked_why) == (cast.now, cast.bea.id, "she said so on the phone")
    assert Fact.objects.filter(kind="ConsentTakenBack").count() == 1


def test_pressed_twice_it_is_signed_once_and_said_otherwise_it_is_a_new_one(cast: Cast) -> None:
    first, second = sign(cast, Kind.EMERGENCY, ("danger",)), sign(cast, Kind.EMERGENCY, ("danger",))
    assert first.id == second.id
    other = sign(cast, Kind.EMERGENCY, ("danger", "medicines"))
    assert other.id != first.id
    known = queries.known_of(cast.ana, cast.now)
    assert known.newest(Kind.EMERGENCY).id == other.id
    assert Fact.objects.filter(kind="ConsentGiven").count() == 2


def test_a_narrower_one_counts_at_once_and_the_wider_one_never_comes_back(cast: Cast, rosa: Supporter) -> None:
    """H-151"""
    sign(cast, Kind.SUPPORTER, ("here", "danger", "how"), supporter=rosa)
    narrow = sign(cast, Kind.SUPPORTER, ("danger",), supporter=rosa, now=cast.now + timedelta(hours=1))
    later = cast.now + timedelta(hours=2)
    assert not queries.known_of(cast.ana, later).may_tell("supporter", "how", (), rosa.id).told
    actions.take_back(narrow, None, "", later)
    known = queries.known_of(cast.ana, later)
    assert not any(known.may_tell("supporter", i, (Now.DANGER,), rosa.id).told for i in Info)


def test_a_signature_and_a_tick_are_asked_for_in_a_sentence(cast: Cast, rosa: Supporter) -> None:
    cases = (
        ("signature", {"kind": Kind.TELEHEALTH, "signature": "  "}),
        ("scopes", {"kind": Kind.EMERGENCY}),
        ("scopes", {"kind": Kind.EMERGENCY, "scopes": ("everything",)}),
        ("witness", {"kind": Kind.TELEHEALTH, "how": How.BY_WORD}),
        ("supporter", {"kind": Kind.SUPPORTER, "scopes": ("here",)}),
        ("supporter", {"kind": Kind.TELEHEALTH, "supporter": rosa}),
    )
    for field, said in cases:
        with pytest.raises(NotComplete) as no:
            sign(cast, **said)
        assert no.value.field == field
        assert str(no.value).endswith(".")
    assert Consent.objects.count() == 0


def test_nobody_signs_a_text_that_gates_nothing(cast: Cast) -> None:
    """Nothing records a session, so a consent to it would promise a choice that is none."""
    assert consent_text("recording").not_asked
    with pytest.raises(NotComplete, match="nothing to sign"):
        sign(cast, Kind.RECORDING)


def test_said_aloud_it_has_a_witness_and_no_signature(cast: Cast) -> None:
    row = sign(cast, Kind.TELEHEALTH, signature="", how=How.BY_WORD, witness=cast.bea, by=cast.bea)
    assert (row.signature, row.witness_id) == (None, cast.bea.id)


def test_whoever_wrote_it_down_stands_on_the_row_and_in_the_ledger_beside_who_saw_it(cast: Cast) -> None:
    """H-150"""
    row = sign(cast, Kind.TELEHEALTH, how=How.ON_PAPER, witness=cast.bea, by=cast.cal)
    assert (row.witness_id, row.by_id) == (cast.bea.id, cast.cal.id)
    assert Fact.objects.get(kind="ConsentGiven").data["by"] == cast.cal.id
    for said in ({"how": How.ON_PAPER, "witness": cast.bea}, {"how": How.IN_APP, "by": cast.cal}):
        with pytest.raises(NotComplete, match="written down by somebody"):
            sign(cast, Kind.MESSAGES, ("sms",), **said)


def test_an_older_text_stays_signed_and_can_still_be_read(
    cast: Cast, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = sign(cast, Kind.TELEHEALTH)
    monkeypatch.setattr(texts, "_newest", lambda *args: "2")
    assert texts.newest_version("telehealth") != row.version
    assert consent_text("telehealth", row.version).version == 1
    assert Kind.TELEHEALTH not in missing(queries.known_of(cast.ana, cast.now).given, cast.now)


def test_the_one_for_records_ends_with_treatment_and_no_other_does(cast: Cast) -> None:
    records, emergency = sign(cast, Kind.PART_2), sign(cast, Kind.EMERGENCY, ("danger",))
    change_standing(cast.ana, Standing.DISCHARGED, cast.now)
    change_standing(cast.ana, Standing.ACTIVE, cast.now + timedelta(days=30))
    records.refresh_from_db()
    emergency.refresh_from_db()
    assert (records.revoked_at, records.revoked_why) == (cast.now, actions.TREATMENT_ENDED)
    assert emergency.revoked_at is None


def test_what_ended_with_treatment_is_not_said_to_be_taken_back(cast: Cast) -> None:
    records, other = sign(cast, Kind.PART_2), sign(cast, Kind.TELEHEALTH)
    actions.take_back(other, None, "", cast.now)
    change_standing(cast.ana, Standing.DISCHARGED, cast.now)
    for row, ended in ((records, True), (other, False)):
        row.refresh_from_db()
        assert row.ended_with_treatment is ended
    why = Fact.objects.filter(kind="ConsentTakenBack").order_by("id").values_list("data__why", flat=True)
    assert list(why) == [EndedBy.TAKEN_BACK, EndedBy.TREATMENT_ENDED]


def test_taking_messages_back_ends_reminders_and_so_does_leaving_their_way_out(cast: Cast) -> None:
    """As the text of that consent says."""

    def reminded() -> bool:
        return reminder_wish(cast.ana.id) is not None

    wish_reminders(cast.ana, ReminderBy.SMS, "520 555 0118", cast.now)
    sign(cast, Kind.TELEHEALTH)
    both = sign(cast, Kind.MESSAGES, ("sms", "email"))
    assert reminded()
    actions.take_back(both, None, "", cast.now)
    assert not reminded()
    wish_reminders(cast.ana, ReminderBy.SMS, "520 555 0118", cast.now)
    sign(cast, Kind.MESSAGES, ("sms",), now=cast.now + timedelta(hours=1))
    assert reminded()
    sign(cast, Kind.MESSAGES, ("email",), now=cast.now + timedelta(hours=2))
    assert not reminded()


def test_signatures_are_sealed(cast: Cast) -> None:
    row = sign(cast, Kind.TELEHEALTH, guardian="Rosa Morales")
    assert "Morales" not in bytes_of("consent_consent")[row.id]


def test_the_other_program_sees_no_consent_and_no_disclosure(cast: Cast) -> None:
    sign(cast, Kind.TELEHEALTH)
    tell(cast, Recipient.POLICE, (Info.DANGER,), (Now.DANGER,))
    enter(cast.other.id)
    assert not Consent.objects.exists()
    assert not Disclosure.objects.exists()


# ---------------------------------------------------------------- age


def test_a_client_without_a_birth_date_is_not_taken_for_an_adult(cast: Cast, rosa: Supporter) -> None:
    """H-154"""
    sign(cast, Kind.SUPPORTER, ("here", "substances"), supporter=rosa)
    known = queries.known_of(cast.ana, cast.now)
    assert known.signs.age is Age.NOT_KNOWN
    assert not known.may_tell("supporter", "substances", (), rosa.id).told
    assert "age is not known" in known.may_tell("supporter", "here", (), rosa.id).caution
    born(cast, ADULT)
    assert (
        queries.known_of(Client.objects.get(id=cast.ana.id), cast.now)
        .may_tell("supporter", "substances", (), rosa.id)
        .told
    )


def test_a_birth_date_that_will_not_open_is_not_known(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update people_client set born = %s where id = %s", [b"\x01nonsense and more of it", cast.ana.id]
        )
    assert queries.known_of(Client.objects.get(id=cast.ana.id), cast.now).signs.age is Age.NOT_KNOWN


def test_a_birthday_makes_nothing_whole_that_was_signed_under_age(cast: Cast, rosa: Supporter) -> None:
    """H-154: what was signed counts as of its day, also years later."""
    sign(cast, Kind.SUPPORTER, ("here", "how"), supporter=rosa)
    born(cast, cast.now.date() - timedelta(days=17 * 365 + 200))
    for later, whole in ((timedelta(0), False), (timedelta(days=330), False)):
        known = queries.known_of(Client.objects.get(id=cast.ana.id), cast.now + later)
        assert known.under_age is (later == timedelta(0))
        assert known.may_tell("supporter", "how", (), rosa.id).told is whole
    of_age = cast.now + timedelta(days=331)
    sign(cast, Kind.SUPPORTER, ("how",), supporter=rosa, now=of_age)
    known = queries.known_of(Client.objects.get(id=cast.ana.id), of_age)
    assert known.may_tell("supporter", "how", (), rosa.id).told


# ---------------------------------------------------------------- what was told


def tell(
    cast: Cast,
    whom: Recipient,
    about: tuple[Info, ...],
    situation: tuple[Now, ...],
    supporter: Supporter | None = None,
    **more: Any,
) -> Disclosure:
    known = queries.known_of(cast.ana, cast.now)
    person = supporter.id if supporter else None
    answer = together(known.may_tell(whom, each, situation, person) for each in about)
    said = {
        Field.RECIPIENT: "Officer Lund",
        Field.AFFILIATION: "County dispatch",
        Field.NATURE: "She took pills",
        Field.BELIEF: "She will die tonight",
        Field.FACTS: "She wrote goodbye",
        **more.pop("said", {}),
    }
    telling = Telling(whom, about, "Where she is", said, more.pop("notice", False), more.pop("at", cast.now), supporter)
    return actions.told(cast.ana, telling, answer, cast.cal, cast.now, more.pop("uid", None) or uuid4())


def test_a_medical_emergency_is_written_down_with_all_four_fields(cast: Cast) -> None:
    """H-155: name and affiliation, who told, when, the nature of the emergency (42 CFR 2.51(c))."""
    for missing_one in (Field.RECIPIENT, Field.AFFILIATION, Field.NATURE):
        with pytest.raises(NotComplete) as no:
            tell(cast, Recipient.EMERGENCY_MEDICAL, (Info.SUBSTANCES,), (Now.OVERDOSE,), said={missing_one: " "})
        assert no.value.field == missing_one
    row = tell(cast, Recipient.EMERGENCY_MEDICAL, (Info.SUBSTANCES,), (Now.OVERDOSE,))
    assert (row.ground, row.answer) == (Ground.MEDICAL, Say.YES)
    assert (row.name, row.affiliation, row.nature) == ("Officer Lund", "County dispatch", "She took pills")
    assert (row.by_id, row.at) == (cast.cal.id, cast.now)


def test_a_serious_threat_is_written_down_with_belief_and_facts(cast: Cast) -> None:
    for missing_one in (Field.RECIPIENT, Field.BELIEF, Field.FACTS):
        with pytest.raises(NotComplete):
            tell(cast, Recipient.POLICE, (Info.WHEREABOUTS,), (Now.DANGER,), said={missing_one: ""})
    assert tell(cast, Recipient.POLICE, (Info.WHEREABOUTS,), (Now.DANGER,)).ground == Ground.THREAT


def test_what_was_told_against_a_no_is_kept_and_shown_to_those_who_lead(cast: Cast, frank: Supporter) -> None:
    """H-156"""
    row = tell(cast, Recipient.SUPPORTER, (Info.HERE,), (), frank)
    assert (row.answer, row.ground) == (Say.NO, Ground.NOTHING)
    assert list(queries.against_a_no()) == [row]
    with pytest.raises(NotComplete, match="somebody else"):
        actions.look_at(row, row.by, cast.now)
    actions.look_at(row, cast.dia, cast.now)
    assert list(queries.against_a_no()) == []
    assert list(queries.against_a_no(seen=True)) == [row]
    actions.look_at(row, cast.bea, cast.now + timedelta(hours=1))
    row.refresh_from_db()
    assert (row.seen_by_id, row.seen_at) == (cast.dia.id, cast.now)


def test_one_no_among_several_makes_the_whole_a_no(cast: Cast) -> None:
    row = tell(cast, Recipient.POLICE, (Info.WHEREABOUTS, Info.SUBSTANCES), (Now.DANGER,))
    assert row.answer == Say.NO


def test_on_consent_the_notice_of_part_2_is_asked_for(cast: Cast, rosa: Supporter, frank: Supporter) -> None:
    """H-157"""
    born(cast, ADULT)
    consent = sign(cast, Kind.SUPPORTER, ("here", "substances", "danger"), supporter=rosa)
    said = {Field.FACTS: "", Field.BELIEF: ""}
    assert tell(cast, Recipient.SUPPORTER, (Info.SUBSTANCES,), (), rosa, said=said).notice == "not_given"
    row = tell(cast, Recipient.SUPPORTER, (Info.SUBSTANCES,), (), rosa, said=said, notice=True)
    assert (row.notice, row.consent_id) == ("given", consent.id)
    sign(cast, Kind.SUPPORTER, ("danger",), supporter=frank)  # told as “a health program”
    assert tell(cast, Recipient.SUPPORTER, (Info.DANGER,), (Now.DANGER,), frank, said=said).notice == "not_needed"


def test_a_telling_pressed_twice_is_one_and_none_lies_ahead(cast: Cast) -> None:
    uid = uuid4()
    rows = [tell(cast, Recipient.POLICE, (Info.DANGER,), (Now.DANGER,), uid=uid) for _ in range(2)]
    assert rows[0].id == rows[1].id
    with pytest.raises(NotComplete):
        tell(cast, Recipient.POLICE, (Info.DANGER,), (Now.DANGER,), at=cast.now + timedelta(minutes=1))


def test_a_disclosure_is_never_changed(cast: Cast) -> None:
    row = tell(cast, Recipient.POLICE, (Info.DANGER,), (Now.DANGER,))
    for column, value in (("answer", "yes"), ("recipient", "other"), ("at", cast.now)):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Disclosure.objects.filter(id=row.id).update(**{column: value})
    assert "goodbye" not in bytes_of("consent_disclosure")[row.id]


def test_facts_hold_ids_and_no_words(cast: Cast, rosa: Supporter) -> None:
    sign(cast, Kind.SUPPORTER, ("here",), supporter=rosa)
    tell(cast, Recipient.POLICE, (Info.DANGER,), (Now.DANGER,))
    said = str(list(Fact.objects.filter(kind__in=["ConsentGiven", "Told"]).values_list("data", flat=True)))
    assert not any(word in said for word in ("Ana", "Rosa", "Lund", "goodbye"))


def test_it_costs_two_queries_at_most(cast: Cast, rosa: Supporter, django_assert_max_num_queries: Any) -> None:
    sign(cast, Kind.SUPPORTER, ("danger",), supporter=rosa)
    with django_assert_max_num_queries(2):
        known = queries.known_of(cast.ana, cast.now)
        assert known.may_tell("supporter", "danger", (Now.DANGER,), rosa.id).told
    with django_assert_max_num_queries(1):
        assert queries.known_of(cast.ana, cast.now, known.supporters).glances()[0][1].in_danger


def test_for_a_crisis_page_it_comes_with_how_to_reach_them_and_says_the_same(
    cast: Cast, rosa: Supporter, frank: Supporter, django_assert_num_queries: Any
) -> None:
    every(cast, rosa, frank)
    sign(cast, Kind.TELEHEALTH, guardian="Rosa", now=cast.now + timedelta(hours=1))
    at = cast.now + timedelta(hours=2)
    with django_assert_num_queries(1):
        card, carried = queries.reach_and_known(cast.ana, at)
    asked = queries.known_of(cast.ana, at)
    assert set(carried.given) == set(asked.given)
    assert len(asked.given) == 6
    assert len(queries.known_of(cast.ana, at, every=True).given) == 7
    assert queries.known_of(cast.ana, at, every=True).glances() == asked.glances()
    assert carried.glances() == asked.glances()
    assert [one.id for one in card.supporters] == [rosa.id, frank.id]


def test_only_the_newest_of_a_kind_counts_for_each_person(cast: Cast, rosa: Supporter, frank: Supporter) -> None:
    a, b = (sign(cast, Kind.SUPPORTER, ("here",), supporter=one) for one in (rosa, frank))
    given = queries.known_of(cast.ana, cast.now).given
    assert {newest(given, Kind.SUPPORTER, rosa.id).id, newest(given, Kind.SUPPORTER, frank.id).id} == {a.id, b.id}
