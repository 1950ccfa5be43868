"""Two that stood in each other's way in the database are done one after the other, before anybody is told of it."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError
from psycopg.errors import DeadlockDetected, SerializationFailure

log = logging.getLogger("holdfast.ledger")

T = TypeVar("T")

LET_THEM_PASS_S = 0.1  # whoever was first in line may not have woken yet, and would be met again


def again(work: Callable[[], T], tries: int = 3) -> T:
    """Do work that opens its own transaction; where that met another one, do all of it again in a new one.

    Anything else, and the last failure, is the caller's: by then the person must be told.
    """
    for tries_left in reversed(range(tries)):
        try:
            return work()
        except OperationalError as error:
            if not tries_left or not isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
                raise
            log.warning("tried again", extra={"error": type(error.__cause__).__name__})
            threading.Event().wait(LET_THEM_PASS_S)
    raise AssertionError("the loop returns or raises")
