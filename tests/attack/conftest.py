"""One world a file of tests, taken back after each test: making it anew hundreds of times would take minutes.

Files here use `world` instead of `db`: the same database, as the web role, inside a transaction that is never
committed. What the views open inside it are savepoints.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from holdfast.conftest import cast  # noqa: F401

if TYPE_CHECKING:
    from tests.attack.world import World


@contextmanager
def _taken_back() -> Iterator[None]:
    from django.db import transaction

    atomic = transaction.atomic()
    atomic._from_testcase = True  # type: ignore[attr-defined]  # so that views may ask for the outermost transaction
    with atomic:
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def made_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    from django.db import connection

    from tests.attack.world import make_world

    with django_db_blocker.unblock(), _taken_back():
        with connection.cursor() as cursor:  # a busy machine may think longer between two tests than a page ever does
            cursor.execute("set local idle_in_transaction_session_timeout = 0")
        yield make_world()


@pytest.fixture
def world(made_world: World, django_db_blocker: Any) -> Iterator[World]:
    """The cast, another program, and something of everything that has an address."""
    from django.core.cache import cache
    from django.utils import translation

    cache.clear()  # limits of how often somebody may knock
    with django_db_blocker.unblock(), _taken_back(), translation.override("en"):
        yield made_world
