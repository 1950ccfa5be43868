"""Envelope keys: they open the keys of programs, and lie outside the database, in a file or in the environment.

A file holds one key a line, 32 bytes in base64, the newest first; lines that begin with # are notes. The key in the
environment counts as the oldest. What was ever read stays in memory: a file that goes away takes nothing from a
process that runs. Pure: knows neither Django nor the database.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LONG: Final = 32
_NONCE: Final = 12


def key_of(text: str) -> bytes:
    """A key as it is written down. Raises ValueError when it is not 32 bytes in base64."""
    key = base64.b64decode(text.strip(), validate=True)
    if len(key) != LONG:
        raise ValueError("a key is 32 bytes in base64")
    return key


def written(key: bytes) -> str:
    """A key as a line of a file."""
    return base64.b64encode(key).decode()


def fingerprint(key: bytes) -> str:
    """The name of a key, by which it is known again; says nothing about the key itself."""
    return hmac.digest(key, b"holdfast backup 1", hashlib.sha256).hex()[:32]


def keys_in(text: str) -> tuple[bytes, ...]:
    """The keys of a file, newest first. Raises ValueError where a line is none, or where there is none at all."""
    lines = [line.strip() for line in text.splitlines()]
    found = tuple(key_of(line) for line in lines if line and not line.startswith("#"))
    if not found:
        raise ValueError("there is no key in it")
    return found


def read_file(path: Path) -> tuple[bytes, ...]:
    """The keys of this file. Raises OSError or ValueError."""
    return keys_in(path.read_text())


def file_text(keys: tuple[bytes, ...]) -> str:
    """The file of these keys, newest first."""
    notes = "# Envelope keys of Holdfast, the newest first. Whoever loses them loses every sealed text.\n"
    return notes + "".join(f"{written(key)}\n" for key in keys)


def write_file(path: Path, keys: tuple[bytes, ...], *, anew: bool) -> None:
    """Written whole or not at all, for its owner alone. `anew`: refuses to write over a file that is there."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(file_text(keys))
            out.flush()
            os.fsync(out.fileno())
        if anew:
            os.link(draft, path)  # unlike a rename, refuses what is there already
        else:
            kept = path.stat()
            os.chown(draft, kept.st_uid, kept.st_gid)
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


# ---------------------------------------------------------------- wrapping


def _cipher(envelope: bytes) -> AESGCM:
    """Never the envelope key itself: an installation's one key of old sealed texts, and wraps keys now."""
    return AESGCM(hmac.digest(envelope, b"holdfast envelope 1", hashlib.sha256))


def wrap(envelope: bytes, key: bytes, place: bytes) -> bytes:
    """A key sealed for its place: program, what it is for, number."""
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(envelope).encrypt(nonce, key, place)


def unwrap(envelope: bytes, wrapped: bytes, place: bytes) -> bytes:
    """Raises `cryptography.exceptions.InvalidTag` where it was changed, or belongs to another place."""
    return _cipher(envelope).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], place)


@dataclass
class Envelopes:
    """The envelope keys that this process has read, newest first."""

    file: Path | None
    fixed: tuple[bytes, ...] = ()  # from the environment
    known: tuple[bytes, ...] = ()
    trouble: str = ""

    def __post_init__(self) -> None:
        self.look()

    def look(self) -> bool:
        """Read the file again. Whether that found a key which was not known."""
        before = self.known
        listed: tuple[bytes, ...] = ()
        self.trouble = ""
        if self.file is not None:
            try:
                listed = read_file(self.file)
            except OSError as error:
                self.trouble = f"{self.file} cannot be read: {error.strerror or type(error).__name__}"
            except ValueError as error:
                self.trouble = f"{self.file} is not a file of keys: {error}"
        remembered = tuple(key for key in before if key not in self.fixed)
        # dict: each once, in this order. What the file no longer lists stays known, behind what it lists.
        self.known = tuple(dict.fromkeys((*listed, *remembered, *self.fixed)))
        return bool(set(self.known) - set(before))

    def by_name(self, name: str) -> bytes | None:
        return next((key for key in self.known if fingerprint(key) == name), None)

    @property
    def newest(self) -> bytes | None:
        return self.known[0] if self.known else None

    @property
    def oldest(self) -> bytes | None:
        """The one key of an installation before there were keys of programs."""
        return self.known[-1] if self.known else None
