"""Draws a copy of a client's record as a page to read, as paper, or as a file for another system.

Written piece by piece into a file of its own that leaves memory when it grows, except for paper.
"""

import json
from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, cast

from django.http import FileResponse, HttpResponse
from django.utils.html import escape
from django.utils.translation import gettext as _

from holdfast.people.models import Client
from holdfast.records.offering import Entry, Whose
from holdfast.records.offers import WITHHELD, chapters
from holdfast.records.rules import Form
from holdfast.web.pdf import Paper
from holdfast.web.sealed import opened

IN_MEMORY: Final = 1_000_000  # bytes; more of it lies in a temporary file without a name
STYLE: Final = (
    "body{font:17px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1d2326;background:#fff}"
    "h1{font-size:1.7rem}details{border-top:1px solid #c9cfd2;padding:.6rem 0}summary{cursor:pointer;padding:.4rem 0}"
    "h2{display:inline;font-size:1.25rem}h3{margin:1.2rem 0 .2rem;font-size:1.05rem}h3 .at{font-weight:400}"
    ".at{color:#4a5357}dl{margin:.2rem 0 1rem}dt{color:#4a5357;margin-top:.3rem}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}"
    "@media (min-width:40rem){dl{display:grid;grid-template-columns:minmax(10rem,1fr) 2fr;gap:.15rem 1rem}dt{margin:0}}"
    "@media (prefers-color-scheme:dark){body{color:#e8ecee;background:#14191c}.at,dt{color:#a9b3b8}details{border-color:#3a4347}}"
)
Write = Callable[[str], object]


def copy_of(whose: Whose, form: Form) -> HttpResponse:
    """The copy as a download. Its name says nothing of care."""
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by the response
    kind = DRAWN[form](whose, file)
    file.seek(0)
    answer = FileResponse(file, as_attachment=True, filename=f"{_('my-record')}.{form.value}", content_type=kind)
    answer["Cache-Control"] = "no-store"
    return cast("HttpResponse", answer)  # a view may answer either; their base is Django's own


def title(client: Client) -> str:
    """What stands over it."""
    return _("The record of %(name)s") % {"name": opened(client, "name", "—")}


def preface(whose: Whose) -> tuple[str, ...]:
    """What it is, and what is not in it."""
    return (
        _("Everything that we hold about you. Made on %(at)s, and all times are in your own time zone.")
        % {"at": whose.when(whose.now)},
        _("What the team wrote stands in the words in which they wrote it."),
        *((_("Some lines that the program itself wrote are in English."),) if whose.language != "en" else ()),
        _("Not in it:"),
        *(f"– {_(words)}" for words in WITHHELD),
    )


# --- a page to read ------------------------------------------------------------------------------


def _html(whose: Whose, file: IO[bytes]) -> str:
    def write(words: str) -> None:
        file.write(words.encode())

    language = whose.language.split("-", maxsplit=1)[0]
    write(f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8">')
    write(
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
    )
    write(
        f"<title>{escape(title(whose.client))}</title><style>{STYLE}</style><body><main><h1>{escape(title(whose.client))}</h1>"
    )
    for words in preface(whose):
        write(f"<p>{escape(words)}</p>")
    shown = " open"  # the first chapter; the others fold, so that a phone shows first what there is
    for chapter in chapters(whose):
        begun = False
        for entry in chapter.entries:
            if not begun:
                write(f"<details{shown}><summary><h2>{escape(chapter.title)}</h2></summary>")
                begun, shown = True, ""
            _html_entry(whose, entry, write)
        write("</details>" if begun else "")
    write("</main></body></html>")
    return "text/html; charset=utf-8"


def _html_entry(whose: Whose, entry: Entry, write: Write) -> None:
    at = f'<span class="at">{escape(whose.when(entry.at))}</span>' if entry.at is not None else ""
    if entry.title or at:
        write(f"<h3>{escape(entry.title)} {at}</h3>")
    if entry.lines:
        write("<dl>")
        for name, words in entry.lines:
            write(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>")
        write("</dl>")


# --- paper ---------------------------------------------------------------------------------------


def _pdf(whose: Whose, file: IO[bytes]) -> str:
    paper = Paper(title(whose.client), _("Made on %(at)s") % {"at": whose.when(whose.now)})
    paper.lines(preface(whose))
    for chapter in chapters(whose):
        begun = False
        for entry in chapter.entries:
            if not begun:
                paper.heading(chapter.title)
                begun = True
            head = " · ".join(filter(None, (entry.title, whose.when(entry.at) if entry.at else "")))
            if head:
                paper.lines([head], bold=True)
            paper.lines(row for name, words in entry.lines for row in f"{name}: {words}".splitlines())
    file.write(paper.drawn())
    return "application/pdf"


# --- a file for another system -------------------------------------------------------------------


def _json(whose: Whose, file: IO[bytes]) -> str:
    """A bundle in the shape of FHIR R4, one resource after the other."""

    def write(words: str) -> None:
        file.write(words.encode())

    write(f'{{"resourceType":"Bundle","type":"collection","timestamp":{json.dumps(whose.iso(whose.now))},"entry":[')
    first = True
    for chapter in chapters(whose):
        for entry in chapter.entries:
            for resource in entry.resources:
                write(("" if first else ",") + json.dumps({"resource": resource}, ensure_ascii=False))
                first = False
    write("]}")
    return "application/fhir+json"


DRAWN: Final[dict[Form, Callable[[Whose, Any], str]]] = {Form.HTML: _html, Form.PDF: _pdf, Form.JSON: _json}
