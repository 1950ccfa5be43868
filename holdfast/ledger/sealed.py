"""Sealed text: what a person wrote, unreadable in the database and in its backups.

AES-256-GCM with a key of the program (ledger/keys.py). The additional data names program, table, row and column, so
that a sealed text moved to another place does not open. A text begins with the number of its key.
"""

import os
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from holdfast.ledger import keys

_OLD = b"\x01"  # with the one key of the installation
_NEW = b"\x02"  # with a numbered key of the program
_NUMBER = 4
_NONCE = 12


def seal(text: str, place: bytes) -> bytes:
    """Seal a text for one place. Raises `CannotSeal` where no key is here."""
    number, cipher = keys.sealing(_program(place))
    nonce = os.urandom(_NONCE)
    head = _OLD if number == keys.GLOBAL else _NEW + number.to_bytes(_NUMBER, "big")
    return head + nonce + cipher.encrypt(nonce, text.encode(), place)


def unseal(sealed: bytes, place: bytes) -> str:
    """Open what was sealed for this place. Raises `cryptography.exceptions.InvalidTag` elsewhere, `KeyAway` without
    its key."""
    kind = sealed[:1]
    if kind == _NEW:
        body = sealed[1 + _NUMBER :]
        cipher = keys.cipher(_program(place), number_of(sealed))
        return cipher.decrypt(body[:_NONCE], body[_NONCE:], place).decode()
    if kind == _OLD:
        return _unseal_old(sealed[1:], place)
    raise keys.KeyAway("sealed in a way that is not known here")


def _unseal_old(body: bytes, place: bytes) -> str:
    """Which of the envelope keys was the one of then is tried: there are few."""
    known = keys.remember().known
    if not known:
        raise keys.KeyAway("no envelope key is here")
    for key in reversed(known):
        try:
            return AESGCM(key).decrypt(body[:_NONCE], body[_NONCE:], place).decode()
        except InvalidTag:
            continue
    raise InvalidTag


def number_of(sealed: bytes) -> int:
    """The number of the key that a text was sealed with; 0 for the one key of the installation."""
    return int.from_bytes(sealed[1 : 1 + _NUMBER], "big") if sealed[:1] == _NEW else keys.GLOBAL


def _program(place: bytes) -> int:
    return int(place.partition(b"|")[0])


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
