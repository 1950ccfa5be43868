"""A stranger's form that is sent many times at once."""

import threading

import pytest
from django.db import connection, transaction

from holdfast.assessment.concerns import SAME_FORM, receive_once
from holdfast.assessment.models import Concern
from holdfast.ledger.scope import program_scope
from holdfast.people.tests.cast import Cast, make_cast

FRANK = {"name": "Frank", "phone": "520 555 0199", "words": "She does not answer.", "place": ""}


@pytest.mark.role("web")
def test_two_at_the_same_moment_are_one_concern(transactional_db: None) -> None:
    """The second begins while the first is not kept yet, so it can only wait for it."""
    with transaction.atomic():
        cast = make_cast("frank", phones="8")
    first_is_in, second_is_through = threading.Event(), threading.Event()
    wrong: list[str] = []

    def second() -> None:
        try:
            first_is_in.wait(10)
            with program_scope(cast.program.id) as now:
                receive_once(cast.program.id, FRANK, now)
                second_is_through.set()
        except Exception as error:
            wrong.append(type(error).__name__)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with program_scope(cast.program.id) as now:
        receive_once(cast.program.id, FRANK, now)
        first_is_in.set()
        assert not second_is_through.wait(1)
    thread.join(20)
    with program_scope(cast.program.id):
        assert (wrong, Concern.objects.count()) == ([], 1)


def test_other_words_or_a_later_time_are_another_concern(cast: Cast) -> None:
    receive_once(cast.program.id, FRANK, cast.now)
    receive_once(cast.program.id, FRANK | {"words": "She answered, and she is hurt."}, cast.now)
    receive_once(cast.program.id, FRANK, cast.now + SAME_FORM)
    assert Concern.objects.count() == 3
