"""Two that stood in each other's way in the database are done one after the other, before anybody is told of it.

So are two that wanted to write the same row: the second finds what the first wrote.
"""

import logging
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import IntegrityError, OperationalError
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

log = logging.getLogger("holdfast.ledger")

T = TypeVar("T")

MET: Final = (DeadlockDetected, SerializationFailure, UniqueViolation)

LET_THEM_PASS_S = 0.1  # whoever was first in line may not have woken yet, and would be met again


def again(work: Callable[[], T], tries: int = 3) -> T:
    """Do work that opens its own transaction; where that met another one, do all of it again in a new one.

    Anything else, and the last failure, is the caller's: by then the person must be told.
    """
    for tries_left in reversed(range(tries)):
        try:
            return work()
        except (IntegrityError, OperationalError) as error:
            if not tries_left or not isinstance(error.__cause__, MET):
                raise
            log.warning("tried again", extra={"error": type(error.__cause__).__name__})
            threading.Event().wait(LET_THEM_PASS_S)
    raise AssertionError("the loop returns or raises")
