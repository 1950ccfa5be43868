"""What tests of pages share. Every one begins in English: a test before it may have read in another language."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.utils import translation

from holdfast.people.tests.cast import Cast


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def read_only(cast: Cast) -> Iterator[Callable[[], None]]:
    """Called, it makes the database take nothing more, as a standby does; undone when the test is over."""
    with connection.cursor() as cursor:
        cursor.execute("savepoint writable")

    def begin() -> None:
        with connection.cursor() as cursor:
            cursor.execute("savepoint readable")
            cursor.execute("set transaction read only")

    yield begin
    with connection.cursor() as cursor:
        cursor.execute("rollback to savepoint writable")
