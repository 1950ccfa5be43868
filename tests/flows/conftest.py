"""Every flow test begins at 02:00 in Phoenix. `night` has Cal on call and Priya behind him; `bare_night` nobody."""

import pytest

from tests.flows.night import Night, at_two_in_the_morning
from tests.stack import Stack


@pytest.fixture
def bare_night(stack: Stack) -> Night:
    """Nobody is on duty."""
    return at_two_in_the_morning(stack)


@pytest.fixture
def night(bare_night: Night) -> Night:
    """Cal is first, Priya behind him."""
    bare_night.stack.act("tests.acts:night_shift")
    return bare_night
