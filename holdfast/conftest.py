"""What the modules' own tests share: the cast."""

import pytest

from holdfast.people.tests.cast import Cast, make_cast
from holdfast.web.tests import signing_in

signing_in.install()


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, with the scope of their program open."""
    return make_cast()
