"""Safety plans: versions in the client's words, kept for ever, looked at again by risk level."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction

from holdfast.content.policies import plan_wording
from holdfast.ledger.models import Fact
from holdfast.ledger.scope import enter
from holdfast.people.tests.cast import FRANKS_NUMBER, Cast
from holdfast.plans import actions, queries
from holdfast.plans.models import PlanPerson, SafetyPlan
from holdfast.plans.rules import Part, Someone, has_help_contact, review_at, why_not_write

WORDS = {Part.SIGNS: "I stop answering texts.", Part.STAYING: "My dog, and the lake in June."}
FRANK = Someone(Part.HELPERS, "Frank", FRANKS_NUMBER)
LINE = Someone(Part.PROFESSIONALS, "988", "988")


def write(cast: Cast, words: dict[Part, str] = WORDS, **more: object) -> SafetyPlan:
    args = {"people": (FRANK, LINE), "risk_level": "", "now": cast.now, **more}
    return actions.write(cast.ana, cast.bea, words, args.pop("people"), args.pop("risk_level"), args.pop("now"), **args)


@pytest.mark.parametrize(("level", "days"), [("", 7), ("low", 30), ("moderate", 14), ("high", 7), ("imminent", 7)])
def test_a_plan_is_looked_at_again_by_risk_level(cast: Cast, level: str, days: int) -> None:
    assert write(cast, risk_level=level).review_at == cast.now + timedelta(days=days)


def test_a_level_that_nobody_knows_is_never_treated_as_low(cast: Cast) -> None:
    assert review_at(plan_wording().review_days, "purple", cast.now) == cast.now + timedelta(days=7)


def test_a_change_is_a_new_version_and_the_older_one_is_kept(cast: Cast) -> None:
    write(cast)
    write(cast, {**WORDS, Part.ALONE: "Walk around the block."}, after_version=1)
    card = queries.current(cast.ana)
    assert (card.plan.version, card.plan.alone) == (2, "Walk around the block.")
    assert queries.numbered(cast.ana, 1).plan.alone is None
    assert [plan.version for plan in queries.versions(cast.ana)] == [2, 1]


def test_pressed_twice_is_one_version(cast: Cast) -> None:
    write(cast)
    changed = {**WORDS, Part.ALONE: "Walk."}
    for _ in range(2):
        write(cast, changed, after_version=1)
    assert SafetyPlan.objects.count() == 2


def test_two_people_writing_at_once_never_mix_or_lose_their_words(cast: Cast) -> None:
    write(cast)
    write(cast, {**WORDS, Part.ALONE: "Walk."}, after_version=1)
    with pytest.raises(actions.PlanChanged, match="Bea Lindqvist wrote version 2"):
        actions.write(cast.ana, cast.cal, {Part.ALONE: "Swim."}, (FRANK,), "", cast.now, after_version=1)


def test_a_version_cannot_be_changed(cast: Cast) -> None:
    """The web may add and read, not change: the database refuses."""
    write(cast)
    for table in (SafetyPlan, PlanPerson):
        with pytest.raises(ProgrammingError), transaction.atomic():
            table.objects.update(program_id=cast.program.id)


def test_numbers_are_kept_so_that_they_ring(cast: Cast) -> None:
    write(cast)
    assert {(p.name, p.phone) for p in queries.current(cast.ana).people} == {
        ("Frank", "+15205550199"),
        ("988", "988"),
    }


def test_an_empty_plan_and_a_number_without_a_name_are_refused_in_a_sentence(cast: Cast) -> None:
    assert why_not_write({}, ()) == "The plan is empty. Write at least one thing that helps."
    assert "has no name" in (why_not_write(WORDS, (Someone(Part.HELPERS, "", "520 555 0199"),)) or "")
    assert "is not a phone number" in (why_not_write(WORDS, (Someone(Part.HELPERS, "Frank", "later"),)) or "")
    with pytest.raises(ValueError, match="empty"):
        write(cast, {}, people=())


def test_a_plan_without_anybody_who_can_be_rung_shows_that_gap(cast: Cast) -> None:
    write(cast, people=(Someone(Part.HELPERS, "Frank"), Someone(Part.COMPANY, "Rosa", "520 555 0177")))
    assert not queries.current(cast.ana).can_ring_somebody
    assert not has_help_contact((Someone(Part.COMPANY, "Rosa", "520 555 0177"),))


def test_reading_it_with_its_people_costs_one_query(cast: Cast, django_assert_num_queries) -> None:
    write(cast)
    with django_assert_num_queries(1):
        card = queries.current(cast.ana)
        assert card.plan.written_by.name == "Bea Lindqvist"
        assert [one.name for one in card.help_contacts] == ["Frank", "988"]


def test_help_contacts_of_many_come_in_two_queries_from_the_newest_plan(cast: Cast, django_assert_num_queries) -> None:
    write(cast)
    write(cast, people=(Someone(Part.HELPERS, "Rosa", "520 555 0177"),), after_version=1)
    with django_assert_num_queries(2):
        found = queries.help_contacts([cast.ana.id])
    assert [one.name for one in found[cast.ana.id]] == ["Rosa"]


def test_it_is_told_and_seen_in_this_program_alone(cast: Cast) -> None:
    plan = write(cast)
    assert Fact.objects.get(kind="PlanWritten").data == {
        "plan": plan.id,
        "client": cast.ana.id,
        "version": 1,
        "by": cast.bea.id,
    }
    enter(cast.other.id)
    assert not SafetyPlan.objects.exists()
    assert not PlanPerson.objects.exists()


def test_the_words_lie_sealed(cast: Cast) -> None:
    plan = write(cast)
    raw = bytes(SafetyPlan.objects.filter(id=plan.id).values_list("signs", flat=True).get())
    assert b"texts" not in raw
