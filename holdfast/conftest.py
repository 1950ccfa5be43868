"""What the modules' own tests share: the cast."""

import pytest

from holdfast.people.tests.cast import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, with the scope of their program open."""
    return make_cast()
