"""Reads one table of a content file, saying in one sentence what is wrong and where."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from .shapes import ContentError, Wording

Word = TypeVar("Word", bound=StrEnum)


def short_path(path: Path) -> str:
    """The path as a reader of `clinical/` knows it."""
    parts = path.parts
    return "/".join(parts[parts.index("clinical") :]) if "clinical" in parts else path.name


def read_text(path: Path) -> str:
    """The file's text, or one sentence why not."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ContentError(f"{short_path(path)}: the file is missing.") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise ContentError(f"{short_path(path)}: the file cannot be read ({fault}).") from None


def read_toml(path: Path) -> Table:
    """The whole TOML file as a table."""
    try:
        return Table(path, "", tomllib.loads(read_text(path)))
    except tomllib.TOMLDecodeError as fault:
        raise ContentError(f"{short_path(path)}: this is not TOML ({fault}).") from None


def read_json(path: Path) -> Table:
    """The whole JSON file as a table."""
    try:
        data = json.loads(read_text(path))
    except json.JSONDecodeError as fault:
        raise ContentError(f"{short_path(path)}: this is not JSON ({fault}).") from None
    if not isinstance(data, dict):
        raise ContentError(f"{short_path(path)}: the file must hold one object.")
    return Table(path, "", data)


class Table:
    """One table: each key is asked for once, and `done` refuses what nobody asked for (a typing slip)."""

    def __init__(self, path: Path, at: str, data: Mapping[str, object]) -> None:
        self.path = path
        self.at = at
        self.data = data
        self._asked: set[str] = set()

    def wrong(self, key: str, what: str) -> ContentError:
        """The sentence that names file, key and fault."""
        place = f"{self.at}.{key}" if self.at else key
        return ContentError(f"{short_path(self.path)}: {place} {what}.")

    def has(self, key: str) -> bool:
        """Whether the key is there; counts as asked."""
        self._asked.add(key)
        return key in self.data

    def raw(self, key: str) -> object:
        """The value as it stands; refused when missing."""
        if not self.has(key):
            raise self.wrong(key, "is missing")
        return self.data[key]

    def text(self, key: str, default: str | None = None) -> str:
        """A text; empty only where a default allows the key to be absent."""
        if default is not None and not self.has(key):
            return default
        value = self.raw(key)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.wrong(key, "must be a text that is not empty")
        return value

    def number(self, key: str, lowest: int = 0, highest: int = 1_000_000) -> int:
        """A whole number within bounds."""
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, "must be a whole number")
        if not lowest <= value <= highest:
            raise self.wrong(key, f"must lie between {lowest} and {highest}, not {value}")
        return value

    def maybe_number(self, key: str, lowest: int = 0, highest: int = 1_000_000) -> int | None:
        """A whole number, or none where the key is absent."""
        return self.number(key, lowest, highest) if self.has(key) else None

    def part(self, key: str) -> float:
        """A share of one, such as 0.5."""
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1:
            raise self.wrong(key, "must be a number between 0 and 1")
        return float(value)

    def flag(self, key: str) -> bool:
        """True or false; absent means false."""
        if not self.has(key):
            return False
        value = self.data[key]
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return value

    def word(self, key: str, words: type[Word]) -> Word:
        """One word of a closed list."""
        value = self.raw(key)
        try:
            return words(str(value))
        except ValueError:
            allowed = ", ".join(words)
            raise self.wrong(key, f"must be one of {allowed}, not {value!r}") from None

    def among(self, key: str, allowed: tuple[str, ...]) -> str:
        """One of these words."""
        value = self.text(key)
        if value not in allowed:
            raise self.wrong(key, f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; absent means none."""
        value = self.data[key] if self.has(key) else []
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise self.wrong(key, "must be a list of texts")
        return tuple(value)

    def numbers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers; absent means none."""
        value = self.data[key] if self.has(key) else []
        if not isinstance(value, list) or not all(type(each) is int for each in value):
            raise self.wrong(key, "must be a list of whole numbers")
        return tuple(value)

    def table(self, key: str) -> Table:
        """A table within this one."""
        value = self.raw(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a table")
        return Table(self.path, f"{self.at}.{key}" if self.at else key, value)

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables; absent means none."""
        value = self.data[key] if self.has(key) else []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.wrong(key, "must be a list of tables")
        place = f"{self.at}.{key}" if self.at else key
        return tuple(Table(self.path, f"{place}[{number}]", each) for number, each in enumerate(value, 1))

    def wording(self, key: str) -> Wording:
        """Words in English and Spanish: `{ en = "...", es = "..." }`."""
        inner = self.table(key)
        words = Wording(en=inner.text("en"), es=inner.text("es"))
        inner.done()
        return words

    def maybe_wording(self, key: str) -> Wording | None:
        """Words in both languages, or none where the key is absent."""
        return self.wording(key) if self.has(key) else None

    def wordings(self, key: str) -> tuple[Wording, ...]:
        """A list of words in both languages."""
        found = []
        for inner in self.tables(key):
            found.append(Wording(en=inner.text("en"), es=inner.text("es")))
            inner.done()
        return tuple(found)

    def done(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.data:
            if key not in self._asked:
                raise self.wrong(key, "is not a key this file may have")
