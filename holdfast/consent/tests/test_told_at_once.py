"""What was told, written down by two presses at the same moment."""

import threading
from uuid import uuid4

import pytest
from django.db import connection, transaction

from holdfast.consent import actions
from holdfast.consent.actions import Telling
from holdfast.consent.models import Disclosure
from holdfast.consent.queries import known_of
from holdfast.consent.words import Field, Info, Now, Recipient
from holdfast.ledger.models import Fact
from holdfast.ledger.scope import program_scope
from holdfast.people.models import Client
from holdfast.people.tests.cast import make_cast


@pytest.mark.role("web")
def test_two_presses_at_the_same_moment_are_one_telling(transactional_db: None) -> None:
    """The second begins while the first is not kept yet, so it can only wait for it, and is answered the same way."""
    with transaction.atomic():
        cast = make_cast("told-at-once", phones="8")
    uid, about = uuid4(), Info.DANGER
    said = {Field.RECIPIENT: "Officer Lee", Field.BELIEF: "To herself", Field.FACTS: "She said so"}
    telling = Telling(Recipient.POLICE, (about,), "Where she is", said, notice_given=False, at=cast.now)
    first_is_in, second_is_through = threading.Event(), threading.Event()
    kept: list[int | str] = []

    def press() -> int:
        with program_scope(cast.program.id) as now:
            client = Client.objects.get(id=cast.ana.id)
            answer = known_of(client, now).may_tell(Recipient.POLICE, about, (Now.DANGER,))
            row = actions.told(client, telling, answer, cast.bea, now, uid)
            if not first_is_in.is_set():
                first_is_in.set()
                assert not second_is_through.wait(1)
        return row.id

    def second() -> None:
        try:
            first_is_in.wait(10)
            kept.append(press())
            second_is_through.set()
        except Exception as error:
            kept.append(type(error).__name__)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    first = press()
    thread.join(20)
    with program_scope(cast.program.id):
        assert (kept, Disclosure.objects.filter(uid=uid).count()) == ([first], 1)
        assert Fact.objects.filter(kind="Told", data__disclosure=first).count() == 1
