"""Rows that are written in one plain statement are the same as those that the ORM writes."""

from django.db import connection

from holdfast.assessment.models import Concern, RiskFinding
from holdfast.ledger.rows import add
from holdfast.people.tests.cast import Cast


def finding(cast: Cast, rule: str) -> RiskFinding:
    return RiskFinding(
        program=cast.program,
        client=cast.ana,
        rule=rule,
        rule_version="1",
        input="x",
        why="y",
        urgency="urgent",
        at=cast.now,
    )


def test_several_rows_get_their_ids_in_order_and_can_be_read_back(cast: Cast) -> None:
    one, two = add([finding(cast, "one"), finding(cast, "two")])
    assert one.id < two.id
    assert [f.rule for f in RiskFinding.objects.order_by("id")] == ["one", "two"]
    two.why = "changed"
    two.save()
    assert RiskFinding.objects.get(id=two.id).why == "changed"


def test_no_rows_ask_nothing_of_the_database(cast: Cast, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert add([]) == []


def test_words_are_sealed_to_their_row(cast: Cast) -> None:
    (concern,) = add([Concern(program=cast.program, name="Sam", phone="", words="I am afraid", place="", at=cast.now)])
    with connection.cursor() as cursor:
        cursor.execute("select words from assessment_concern where id = %s", [concern.id])
        assert b"afraid" not in bytes(cursor.fetchone()[0])
    assert Concern.objects.get(id=concern.id).words == "I am afraid"


def test_what_the_database_fills_in_is_left_to_it(cast: Cast) -> None:
    from holdfast.assessment.actions import start_response
    from holdfast.assessment.models import Answer

    form = start_response(cast.program.id, cast.ana.id, "check-in", cast.now)
    (answer,) = add([Answer(program=cast.program, response=form, item="1", value=3, at=cast.now)])
    kept = Answer.objects.get(id=answer.id)
    assert (kept.via, kept.judge_tries, kept.value) == ("web", 0, 3)
