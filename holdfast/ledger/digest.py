"""A keyed digest beside a sealed text, by which the text is found again without opening every one (decision 11).

HMAC-SHA256 with a key of its own for each program (ledger/keys.py); the first sixteen bytes of it. Equal
texts of one program have equal digests; the same text in another program has another. Whoever has the database and not
the key learns that two texts of a program are equal, and nothing else.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from django.db import models

from holdfast.ledger import keys
from holdfast.ledger.sealed import Sealed

_LONG = 16


def digest(program: int, text: str) -> bytes:
    """By what a text of this program is found again; where its key is away, what finds nothing."""
    key = keys.digest_key(program)
    return hmac.digest(key, text.encode(), hashlib.sha256)[:_LONG] if key else b""


class DigestField(models.BinaryField):  # type: ignore[type-arg]
    """The digest of a sealed column of the same row, written whenever that column is: nobody can forget it.

    Empty where the text is empty, or was written by a release that knew no digests.
    """

    def __init__(self, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(null=True, editable=False, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        for own in ("null", "editable"):
            kwargs.pop(own, None)
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        text = model_instance.__dict__.get(self.of, Sealed())
        if not isinstance(text, Sealed):  # what was read and not changed keeps its digest
            setattr(model_instance, self.attname, digest(model_instance.program_id, text) if text else None)
        return getattr(model_instance, self.attname)

    def to_python(self, value: Any) -> Any:
        return value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else bytes(value)
