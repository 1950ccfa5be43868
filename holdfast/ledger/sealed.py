"""Sealed text: what a person wrote, unreadable in the database and in its backups.

AES-256-GCM. The additional data names program, table, row and column, so that a sealed text
moved to another place does not open.
"""

import os
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

_KEY_ONE = b"\x01"
_NONCE = 12


def _cipher() -> AESGCM:
    return AESGCM(settings.HOLDFAST_SEAL_KEY)


def seal(text: str, place: bytes) -> bytes:
    """Seal a text for one place."""
    nonce = os.urandom(_NONCE)
    return _KEY_ONE + nonce + _cipher().encrypt(nonce, text.encode(), place)


def unseal(sealed: bytes, place: bytes) -> str:
    """Open what was sealed for this place. Raises `cryptography.exceptions.InvalidTag` elsewhere."""
    if sealed[:1] != _KEY_ONE:
        raise ValueError("sealed with a key that is not here")
    return _cipher().decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], place).decode()


def place_of(table: str, column: str, program: int, uid: object) -> bytes:
    """The one place where a sealed text opens again."""
    return f"{program}|{table}|{uid}|{column}".encode()


def seal_in(model: type[models.Model], column: str, program: int, uid: object, text: str) -> bytes:
    """Seal a text for a row that is written without the ORM."""
    return seal(text, place_of(model._meta.db_table, column, program, uid))


def readable(row: Any, field: str) -> str:
    """The text of one field, empty where there is none; where it will not open, it says so and stops nobody."""
    try:
        return getattr(row, field) or ""
    except (InvalidTag, ValueError):
        return "(words that cannot be read)"


class Sealed(bytes):
    """Bytes as they lie in the database."""


class _SealedAttribute(DeferredAttribute):
    """Opens the text when it is read, not when the row is loaded."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        kept = instance.__dict__
        value = kept[self.field.attname] if self.field.attname in kept else super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = unseal(value, cast("SealedTextField", self.field).place(instance))
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        # With this the descriptor is asked before the instance's own dictionary.
        instance.__dict__[self.field.attname] = value


class SealedTextField(models.BinaryField):  # type: ignore[type-arg]
    """A text column of a row that has `program` and `uid`. Cannot be searched, by design."""

    descriptor_class = _SealedAttribute

    def place(self, row: Any) -> bytes:
        return place_of(self.model._meta.db_table, str(self.column), row.program_id, row.uid)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else Sealed(value)

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, str):
            return seal(value, self.place(model_instance))
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            raise TypeError("sealed text cannot be searched or set without its row")
        return super().get_db_prep_value(value, connection, prepared)

    def get_default(self) -> Any:
        return None if self.null else ""

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: Any) -> str:
        raise TypeError("sealed text is not serialised")
