"""How a client wants to be reached, whom they named, and that they know what we are not."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import ProgrammingError, transaction

from holdfast.ledger.models import Fact
from holdfast.ledger.scope import enter
from holdfast.people import reaching
from holdfast.people.models import BoundarySignature, Reaching, Supporter
from holdfast.people.queries import how_to_reach, signed_boundary
from holdfast.people.reaching import Wishes
from holdfast.people.rules import Signed, Way, not_safe_now
from holdfast.people.tests.cast import FRANKS_NUMBER, Cast

PHOENIX = "America/Phoenix"


def at(hour: int, minute: int = 0) -> datetime:
    """This hour of a day in Phoenix."""
    return datetime(2026, 11, 24, hour, minute, tzinfo=UTC) + timedelta(hours=7)


@pytest.mark.parametrize(
    ("since", "until", "now", "unsafe"),
    [
        (time(18), time(22), at(17, 59), False),
        (time(18), time(22), at(18), True),
        (time(18), time(22), at(22), False),
        (time(22), time(6), at(23), True),
        (time(22), time(6), at(5, 59), True),
        (time(22), time(6), at(6), False),
        (None, None, at(3), False),
    ],
)
def test_hours_when_a_call_is_not_safe_are_hours_of_their_own_day(
    since: time | None, until: time | None, now: datetime, unsafe: bool
) -> None:
    assert not_safe_now(since, until, PHOENIX, now) is unsafe


def test_a_zone_that_does_not_exist_does_not_hold_up_anything() -> None:
    assert not_safe_now(time(18), time(22), "Mars/Olympus", datetime(2026, 11, 24, 19, tzinfo=UTC))


def test_the_newest_counts_and_the_older_one_is_kept(cast: Cast) -> None:
    reaching.write_reaching(cast.ana, Wishes(safe_words="Is Sam in?"), cast.bea, cast.now)
    wishes = Wishes(Way.TEXT_ONLY, "Spanish", (time(22), time(6)), "Is Sam in?", "Call about the car")
    reaching.write_reaching(cast.ana, wishes, cast.bea, cast.now + timedelta(minutes=1))
    card = how_to_reach(cast.ana, cast.now)
    assert card.text_only
    assert card.wishes.caller_says == "Call about the car"
    assert Reaching.objects.count() == 2


def test_the_same_again_writes_nothing(cast: Cast) -> None:
    for _ in range(2):
        reaching.write_reaching(cast.ana, Wishes(safe_words="Is Sam in?"), cast.bea, cast.now)
    assert Reaching.objects.count() == 1
    assert Fact.objects.filter(kind="ReachingWritten").count() == 1


def test_hours_that_begin_when_they_end_are_refused_in_a_sentence(cast: Cast) -> None:
    with pytest.raises(ValueError, match="begin and end at the same time"):
        reaching.write_reaching(cast.ana, Wishes(not_safe=(time(8), time(8))), cast.bea, cast.now)


def test_what_was_written_cannot_be_changed_behind_its_back(cast: Cast) -> None:
    """The web may add and read, not change: the database refuses."""
    reaching.write_reaching(cast.ana, Wishes(), cast.bea, cast.now)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Reaching.objects.update(way=Way.SIGNING)


def test_supporters_stand_in_the_order_they_were_named(cast: Cast) -> None:
    for name in ("Frank", "Rosa"):
        reaching.name_supporter(cast.ana, name=name, relation="brother", phone=FRANKS_NUMBER, by=cast.bea, now=cast.now)
    assert [(s.name, s.rank, s.phone) for s in how_to_reach(cast.ana, cast.now).supporters] == [
        ("Frank", 1, "+15205550199"),
        ("Rosa", 2, "+15205550199"),
    ]


def test_naming_somebody_twice_is_naming_them_once(cast: Cast) -> None:
    for _ in range(2):
        reaching.name_supporter(cast.ana, name="Frank", relation="", phone=FRANKS_NUMBER, by=cast.bea, now=cast.now)
    assert Supporter.objects.count() == 1


def test_one_who_was_taken_off_is_not_shown_and_is_kept(cast: Cast) -> None:
    frank = reaching.name_supporter(cast.ana, name="Frank", relation="", phone="", by=cast.bea, now=cast.now)
    reaching.end_supporter(frank, cast.now)
    assert how_to_reach(cast.ana, cast.now).supporters == ()
    assert Supporter.objects.count() == 1


def test_a_name_is_needed(cast: Cast) -> None:
    with pytest.raises(ValueError, match="Give their name"):
        reaching.name_supporter(cast.ana, name=" ", relation="", phone="5205550199", by=cast.bea, now=cast.now)


def test_the_boundary_is_signed_once_for_each_version_with_who_when_and_how(cast: Cast) -> None:
    first = reaching.sign_boundary(cast.ana, Signed.BY_PHONE, cast.now, language="es", witness=cast.bea)
    again = reaching.sign_boundary(cast.ana, Signed.ON_SCREEN, cast.now + timedelta(days=1))
    assert again.id == first.id
    signed = signed_boundary(cast.ana)
    assert (signed.version, signed.how, signed.language, signed.witness, signed.at) == (
        "1",
        "by_phone",
        "es",
        cast.bea,
        cast.now,
    )


def test_the_card_costs_one_query(cast: Cast, django_assert_num_queries) -> None:
    reaching.write_reaching(cast.ana, Wishes(), cast.bea, cast.now)
    reaching.name_supporter(cast.ana, name="Frank", relation="", phone="", by=cast.bea, now=cast.now)
    with django_assert_num_queries(1):
        card = how_to_reach(cast.ana, cast.now)
        assert card.written_by == "Bea Lindqvist"
        assert [one.name for one in card.supporters] == ["Frank"]


def test_nothing_of_it_is_seen_from_another_program(cast: Cast) -> None:
    reaching.write_reaching(cast.ana, Wishes(), cast.bea, cast.now)
    reaching.name_supporter(cast.ana, name="Frank", relation="", phone="", by=cast.bea, now=cast.now)
    reaching.sign_boundary(cast.ana, Signed.ON_SCREEN, cast.now)
    enter(cast.other.id)
    assert not Reaching.objects.exists()
    assert not Supporter.objects.exists()
    assert not BoundarySignature.objects.exists()
