"""The clock moves in demo and tests only, and no demo touches a real program."""

from datetime import timedelta
from typing import Any

import pytest

from holdfast.ledger import clock
from holdfast.ledger.models import Program
from holdfast.ledger.scope import read_now


def test_it_moves_for_everyone(db: None) -> None:
    before = read_now()
    clock.move(timedelta(hours=3))
    assert read_now() - before >= timedelta(hours=3)
    clock.move(timedelta(hours=-1))
    assert clock.offset() == timedelta(hours=2)
    clock.reset()
    assert clock.offset() == timedelta()


def test_a_real_program_has_true_time(db: None, settings: Any) -> None:
    clock.move(timedelta(hours=3))
    settings.HOLDFAST_DEMO = settings.HOLDFAST_CLOCK_MAY_MOVE = False
    with pytest.raises(RuntimeError, match="demo and in tests only"):
        clock.move(timedelta(hours=1))
    with pytest.raises(SystemExit, match="moved clock"):
        clock.refuse_mixed_worlds()


def test_the_demo_does_not_start_on_a_real_program(db: None) -> None:
    clock.refuse_mixed_worlds()
    Program.objects.create(slug="real", name="Real", neutral_name="Desk", state="AZ")
    with pytest.raises(SystemExit, match="holds a real program"):
        clock.refuse_mixed_worlds()
