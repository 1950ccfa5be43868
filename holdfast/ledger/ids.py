"""Ids that may be shown outside: time-ordered UUIDs, made here so that a row knows its name before it is saved."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_uid() -> UUID:
    """A fresh UUID version 7."""
    return uuid7()
