"""The file of a backup: a gzipped tar, sealed with age for one public key.

Who writes needs the public key only, so whoever breaks into the server cannot read old backups. Who holds the
key opens a file without Holdfast, too: `age -d -i KEY FILE | tar xz`. A file is written beside its name and put
in place whole: a full disk or a kill leaves nothing that looks like a backup.
"""

from __future__ import annotations

import fcntl
import gzip
import io
import os
import tarfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pyrage
from pyrage import x25519

SUFFIX: Final = ".age"
DRAFT: Final = ".part"


class BackupTrouble(RuntimeError):
    """A backup cannot be written or restored; the text is one sentence for a person."""


# ---------------------------------------------------------------- keys


def make_key(path: Path) -> str:
    """Write a new key into a file of its own; return the public half, which the server needs."""
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupTrouble(
            f"{path} is there already; a key is never overwritten, for old backups would be lost."
        ) from None
    except OSError as error:
        raise BackupTrouble(f"The key cannot be written to {path}: {error.strerror}.") from None
    with os.fdopen(handle, "w") as out:
        out.write(f"# Opens the backups of Holdfast that were made for {public}\n{identity}\n")
        out.flush()
        os.fsync(out.fileno())
    return public


def public_key(text: str) -> x25519.Recipient:
    if not text:
        raise BackupTrouble(
            "HOLDFAST_BACKUP_RECIPIENT is missing, so nobody could open the backup: make a key with `holdfast backup-key FILE`."
        )
    try:
        return x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise BackupTrouble(
            "HOLDFAST_BACKUP_RECIPIENT is not a public key: it begins with age1 and is what `holdfast backup-key` printed."
        ) from None


def key_in(path: Path) -> x25519.Identity:
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        raise BackupTrouble(f"The key file {path} cannot be read.") from None
    for line in lines:
        if line.startswith("AGE-SECRET-KEY-"):
            with suppress(pyrage.IdentityError):
                return x25519.Identity.from_str(line.strip())
    raise BackupTrouble(f"{path} holds no key: it has a line that begins with AGE-SECRET-KEY-.")


# ---------------------------------------------------------------- writing


class Writer:
    """Takes named pieces; what it is given flows through a pipe into the sealed file."""

    def __init__(self, out: io.BufferedIOBase, recipient: x25519.Recipient) -> None:
        reading, writing = os.pipe()
        self._trouble: list[BaseException] = []
        self._sealer = threading.Thread(target=self._seal, args=(reading, out, recipient), daemon=True)
        self._sealer.start()
        self._pipe = os.fdopen(writing, "wb")
        self._zip = gzip.GzipFile(filename="", fileobj=self._pipe, mode="wb", compresslevel=1, mtime=0)
        self._tar = tarfile.open(fileobj=self._zip, mode="w|")  # noqa: SIM115 - closed in close

    def _seal(self, reading: int, out: io.BufferedIOBase, recipient: x25519.Recipient) -> None:
        with os.fdopen(reading, "rb") as plain:
            try:
                pyrage.encrypt_io(plain, out, [recipient])
            except (
                OSError,
                ValueError,
                pyrage.EncryptError,
            ) as error:  # said by whoever writes: closing the pipe stops them
                self._trouble.append(error)

    def add(self, name: str, data: bytes) -> None:
        piece = tarfile.TarInfo(name)
        piece.size, piece.mode = len(data), 0o600
        self._tar.addfile(piece, io.BytesIO(data))

    def close(self) -> None:
        """The file is whole once this returns."""
        self._tar.close()
        self._zip.close()
        self._pipe.close()
        self._sealer.join()
        if self._trouble:
            raise self._trouble[0]

    def give_up(self) -> None:
        with suppress(OSError):
            self._pipe.close()
        self._sealer.join()

    @property
    def trouble(self) -> str:
        return str(self._trouble[0]) if self._trouble else ""


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One backup at a time in a folder; drafts of a run that was killed go."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in folder.glob(f".*{SUFFIX}{DRAFT}"):
            left.unlink(missing_ok=True)
        yield
    except BlockingIOError:
        raise BackupTrouble(f"Another backup is being written to {folder} at this moment.") from None
    finally:
        os.close(handle)


@contextmanager
def writing(path: Path, recipient: x25519.Recipient) -> Iterator[Writer]:
    """A backup file, in place only once it is whole and on disk."""
    if path.exists():
        raise BackupTrouble(f"{path} is there already; a backup never overwrites another.")
    draft = path.with_name(f".{path.name}{DRAFT}")
    writer: Writer | None = None
    with _alone_in(path.parent):
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                writer = Writer(out, recipient)
                yield writer
                writer.close()
                out.flush()
                os.fsync(out.fileno())
            draft.rename(path)
            _sync_folder(path.parent)
        except (OSError, pyrage.EncryptError) as error:
            if writer is not None:
                writer.give_up()
            why = (writer.trouble if writer is not None else "") or getattr(error, "strerror", None) or str(error)
            raise BackupTrouble(
                f"The backup could not be written to {path}, and nothing of it was left: {why}."
            ) from None
        finally:
            if writer is not None:
                writer.give_up()
            draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ---------------------------------------------------------------- reading


def read(path: Path, identity: x25519.Identity) -> Iterator[tuple[str, bytes]]:
    """Every piece of a backup, in its order. What is damaged, foreign or sealed for another key is refused."""
    reading, writing = os.pipe()
    trouble: list[Exception] = []

    def open_seal() -> None:
        with os.fdopen(writing, "wb") as out:
            try:
                with path.open("rb") as sealed:
                    pyrage.decrypt_io(sealed, out, [identity])
            except (OSError, ValueError, pyrage.DecryptError) as error:
                trouble.append(error)

    opener = threading.Thread(target=open_seal, daemon=True)
    opener.start()
    try:
        with os.fdopen(reading, "rb") as pipe:
            try:
                yield from _pieces(pipe)
            except (tarfile.TarError, EOFError, zlib.error, OSError):
                pipe.close()
                opener.join()
                raise _said(path, trouble[0] if trouble else None) from None
            while pipe.read(1_000_000):  # age seals the end as well: a file that was cut is found here
                pass
    finally:
        opener.join(timeout=30)
    if trouble:
        raise _said(path, trouble[0])


def _pieces(pipe: io.BufferedIOBase) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=pipe, mode="r|gz") as tar:
        for piece in tar:
            data = tar.extractfile(piece) if piece.isfile() else None
            yield piece.name, data.read() if data else b""


def _said(path: Path, error: Exception | None) -> BackupTrouble:
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return BackupTrouble(f"{path} cannot be read: {error.strerror}.")
    if isinstance(error, pyrage.DecryptError) and "key" in str(error).lower():
        return BackupTrouble(f"This key does not open {path}: it was sealed for another.")
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
        return BackupTrouble(f"{path} is damaged or cut short; take another backup.")
    return BackupTrouble(f"{path} is not a backup of Holdfast.")
