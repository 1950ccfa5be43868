"""Draws plain PDF files: headings, lines and tables on paper, sealed with a password where one is given.

For the downtime sheet, and for whatever else the team prints. Knows nothing of what it draws.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from fpdf import FPDF
from fpdf.enums import AccessPermission, EncryptionMethod, XPos, YPos

FONT: Final = "Helvetica"  # every reader has it; letters beyond Western Europe become “?”
LETTERS: Final = "cp1252"
WORDS_KNOWN: Final = 20_000


class Paper:
    """One file while it is being drawn. `foot` stands on every page beside its number."""

    def __init__(self, title: str, foot: str, *, password: str = "") -> None:
        self._pdf = _Pages(foot)
        self._pdf.set_title(_plain(title))
        self._pdf.core_fonts_encoding = LETTERS
        self._pdf.set_auto_page_break(True, margin=18)
        # The same words come again and again; each is measured once in either face.
        self._widths = {bold: lru_cache(WORDS_KNOWN)(self._pdf.get_string_width) for bold in (False, True)}
        self.sealed = bool(password)
        if password:
            self._pdf.set_encryption(
                owner_password=password,
                user_password=password,
                encryption_method=EncryptionMethod.AES_256,
                permissions=AccessPermission.all(),
            )
        self._pdf.add_page()
        self.heading(title, size=18)

    def heading(self, words: str, *, size: int = 13) -> None:
        self._pdf.ln(2)
        self._write(words, size, "B")

    def line(self, words: str, *, bold: bool = False) -> None:
        self._write(words, 10, "B" if bold else "")

    def lines(self, rows: Iterable[str], *, bold: bool = False) -> None:
        """Many lines, broken between words. Far quicker than one `line` each, which measures letter by letter."""
        self._pdf.set_font(FONT, "B" if bold else "", 10)
        room = self._pdf.epw - 2 * self._pdf.c_margin
        for row in rows:
            for part in _broken(_plain(row), room, self._widths[bold]):
                self._pdf.cell(0, 4.8, part, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values, one pair a line. A value may be long."""
        for name, value in rows:
            self._write(f"{name}: {value}", 10, "")

    def rule(self) -> None:
        """A thin line across the page."""
        self._pdf.ln(1.5)
        y = self._pdf.get_y()
        self._pdf.line(self._pdf.l_margin, y, self._pdf.w - self._pdf.r_margin, y)
        self._pdf.ln(1.5)

    def blanks(self, *names: str) -> None:
        """Places to be filled in by hand."""
        for name in names:
            self._write(f"{name} " + "_" * 40, 10, "")

    def drawn(self) -> bytes:
        """The finished file."""
        return bytes(self._pdf.output())

    def _write(self, words: str, size: int, style: str) -> None:
        self._pdf.set_font(FONT, style, size)
        self._pdf.multi_cell(0, size * 0.48, _plain(words), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")


class _Pages(FPDF):
    def __init__(self, foot: str) -> None:
        super().__init__(format="letter")
        self._foot = _plain(foot)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(FONT, "", 8)
        self.cell(0, 6, f"{self._foot}   {self.page_no()}")


def _broken(words: str, room: float, width: Callable[[str], float]) -> Iterator[str]:
    """Parts that fit the room. A word that is too long for a line is cut."""
    space, line, used = width(" "), "", 0.0
    for word in words.split():
        for part in _cut(word, room, width):
            long = width(part)
            if line and used + space + long > room:
                yield line
                line, used = "", 0.0
            line, used = (f"{line} {part}", used + space + long) if line else (part, long)
    yield line


def _cut(word: str, room: float, width: Callable[[str], float]) -> Iterator[str]:
    """The word, in pieces where it is longer than a line."""
    while (long := width(word)) > room and len(word) > 1:
        fits = max(1, int(len(word) * room / long))
        while fits > 1 and width(word[:fits]) > room:
            fits -= 1
        yield word[:fits]
        word = word[fits:]
    yield word


def _plain(words: str) -> str:
    """Only letters that the font has."""
    return words.encode(LETTERS, "replace").decode(LETTERS)
