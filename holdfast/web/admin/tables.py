"""Tables as files: a preview of every line, one press that brings the good ones in, and a report of the others."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from holdfast.oncall import bringing as rota
from holdfast.oncall import gaps
from holdfast.oncall.ahead import proof
from holdfast.people import bringing
from holdfast.people.models import Staff, TableBrought
from holdfast.people.rows import Read, good
from holdfast.people.sheets import COLUMNS, MOST_BYTES, Kind, NotATable, Sheet, decode, parse, titles, write
from holdfast.web.access import PageRequest, staff_page
from holdfast.web.admin.forms import role_of, say, say_all
from holdfast.web.admin.tables_out import OUT
from holdfast.web.files import as_file
from holdfast.web.proved import hands_out, proved, proved_to_change
from holdfast.web.team.frame import draw, me
from holdfast.web.team.rota_gaps import lines

SHOWN: Final = 200  # lines of each list on a page; the file of what was refused has all
GAPS_SHOWN: Final = 4


@dataclass(frozen=True)
class What:
    """One kind of table: what is said of it, where one comes from, and by which words one goes back when it is in."""

    title: str
    about: str
    back: str
    see: str


WHAT: Final = {
    Kind.STAFF: What(
        gettext_noop("Staff from a file"),
        gettext_noop(
            "Licences are written state:number:last day, with a semicolon between two; where one counts only from a later day, state:number:first day:last day. The second contact is a phone or an e-mail address."
        ),
        "program_staff",
        gettext_noop("See who is here"),
    ),
    Kind.CLIENTS: What(
        gettext_noop("Clients from a file"),
        gettext_noop(
            "Bring in staff first: a care team names them by e-mail. The part stands behind it, like bea@example.org:primary. The parts are primary, prescriber, case_manager and peer. Without one, a therapist is primary; a prescriber, a case manager and a peer are what they are called; for anybody else write it."
        ),
        "program_clients",
        gettext_noop("See who is here"),
    ),
    Kind.SHIFTS: What(
        gettext_noop("Shifts from a file"),
        gettext_noop(
            "From and to are in the program’s own time, like 2026-11-30 19:00. Level: first, backup or supervisor. A line is at most a week long. Write one line for each shift."
        ),
        "rota",
        "",
    ),
}


@staff_page("run the program")
def upload(request: PageRequest, kind: str) -> HttpResponse:
    """Choose a file. It is read at once, and nothing is written before its preview was confirmed."""
    what, refused = _kind(kind), ""
    if request.method == "POST":
        try:
            text, said = decode(_sent(request))
            parse(text, said, what)
        except NotATable as no:
            refused = say(no.said)
        else:
            table = bringing.keep_table(request.program.id, what, text, said, me(request), request.now)
            return redirect("program_table", table.uid)
    context = {
        "kind": what.value,
        "title": _(WHAT[what].title),
        "about": _(WHAT[what].about),
        "columns": COLUMNS[what],
        "more_columns": not all(column.needed for column in COLUMNS[what]),
        "refused": refused,
        "back": WHAT[what].back,
    }
    return draw(request, "admin/upload.html", context, nav="program", status=400 if refused else 200)


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise Http404 from None


def _sent(request: PageRequest) -> bytes:
    file = request.FILES.get("file")
    if file is None:
        raise NotATable("Choose a file first.")
    file.seek(0)  # a press that met another is done once more
    return bytes(file.read(MOST_BYTES + 1))


@staff_page("run the program")
@proved_to_change
def table(request: PageRequest, uid: UUID) -> HttpResponse:
    """The preview, with the press that brings it in; afterwards the report."""
    found = TableBrought.objects.select_related("by").filter(uid=uid).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        with transaction.atomic(), suppress(NotATable):  # the page that follows says what the matter is
            _bring_in(request, uid)
        return redirect("program_table", uid)
    try:
        reads, sheet = _look(request, found)
    except NotATable as no:
        return _not_read(request, found, say(no.said))
    left_out = [read for read in reads if read.row is None]
    noted = [read for read in reads if read.row is not None and read.notes]
    context = {
        "table": found,
        "kind": found.kind,
        "what": WHAT[Kind(found.kind)],
        "title": _(WHAT[Kind(found.kind)].title),
        "forgotten": sheet is None and found.done_at is None,
        "of_the_file": [say(one) for one in sheet.said] if sheet else [],
        "good": len(reads) - len(left_out),
        "left_out": found.left_out if found.done_at else len(left_out),
        "refused_lines": [(read.line.number, _who(read), say_all(read.problems)) for read in left_out[:SHOWN]],
        "noted_lines": [(read.line.number, _who(read), " ".join(map(say, read.notes))) for read in noted[:SHOWN]],
        "noted": len(noted),
        "good_lines": [_who(read) for read in reads if read.row is not None][:SHOWN],
        "shown": SHOWN,
        "see": _(see) if (see := WHAT[Kind(found.kind)].see) else "",
        **(_cover_now(request) if found.done_at else {}),
    }
    return draw(request, "admin/table.html", context, nav="program")


def _not_read(request: PageRequest, found: TableBrought, why: str) -> HttpResponse:
    """It was kept, and cannot be read any more: since then another release asks for other columns."""
    kind = Kind(found.kind)
    context = {"table": found, "kind": kind, "title": _(WHAT[kind].title), "not_read": why}
    return draw(request, "admin/table.html", context, nav="program", status=409)


def _look(request: PageRequest, found: TableBrought) -> tuple[list[Read[Any]], Sheet | None]:
    """Every line as it would be brought in now; of a table that is in, the lines that were refused."""
    if found.done_at is not None:
        return bringing.refusals_of(found), None
    sheet = bringing.sheet_of(found)
    if sheet is None:
        return [], None
    return _check(request, Kind(found.kind), sheet), sheet


def _check(request: PageRequest, kind: Kind, sheet: Sheet) -> list[Read[Any]]:
    """Every line, also against what whoever brings it may do."""
    if kind is Kind.STAFF:
        reads = bringing.check_staff(request.program, sheet, request.now)
        return list[Read[Any]](bringing.not_beyond(reads, role_of(request), request.now))
    if kind is Kind.CLIENTS:
        return list[Read[Any]](bringing.check_clients(request.program, sheet, request.now))
    return list[Read[Any]](rota.check_shifts(request.program, sheet, request.now))


def _bring_in(request: PageRequest, uid: UUID) -> None:
    """All good lines, in one transaction. Pressed twice, it was brought in by the first press."""
    found = bringing.begin_table(uid)
    sheet = bringing.sheet_of(found) if found and found.done_at is None else None
    if found is None or sheet is None:
        return
    kind = Kind(found.kind)
    if kind is Kind.SHIFTS:
        gaps.lock(request.program.id, request.now)  # nobody takes a shift between the look and the writing
    reads = _check(request, kind, sheet)
    if kind is Kind.STAFF:
        bringing.bring_staff(request.program, good(reads), me(request), request.now)
    elif kind is Kind.CLIENTS:
        bringing.bring_clients(request.program, good(reads), request.now)
    else:
        rota.bring_shifts(good(reads), me(request), request.now)
    bringing.finish_table(found, reads, me(request), request.now)


def _cover_now(request: PageRequest) -> dict[str, Any]:
    """What the cover of the next 14 days lacks, now that the file is in."""
    ahead, found = proof(request.program, request.now)
    names = dict(Staff.objects.values_list("id", "name"))
    first = lines(ahead, found[:GAPS_SHOWN], request.actor.id or 0, names, request.now)
    return {"cover": True, "gaps": first, "gaps_count": len(found)}


def _who(read: Read[Any]) -> str:
    cells = read.line.cells
    name, email = cells.get("name", ""), cells.get("email", "")
    hours = f"{cells.get('since', '')} – {cells.get('until', '')}" if "level" in cells else ""
    return ", ".join(filter(None, (name, email, cells.get("level", ""), hours)))[:200]


@staff_page("run the program")
@proved
@hands_out
def refused_file(request: PageRequest, uid: UUID) -> HttpResponse:
    """The lines that were, or would be, refused, with their reasons: to be mended and brought again."""
    found = TableBrought.objects.filter(uid=uid).first()
    if found is None:
        raise Http404
    kind = Kind(found.kind)
    try:
        reads, _sheet = _look(request, found)
    except NotATable:
        return redirect("program_table", uid)
    lines = [
        [str(read.line.number), say_all(read.problems), *(read.line.cells.get(one.key, "") for one in COLUMNS[kind])]
        for read in reads
        if read.row is None
    ]
    return _file(f"{kind}-refused", write([_("line"), _("why it was refused"), *titles(kind)], lines))


@staff_page("run the program")
def empty_file(request: PageRequest, kind: str) -> HttpResponse:
    """The titles alone, to be filled in."""
    return _file(f"{_kind(kind)}-empty", write(titles(_kind(kind)), []))


@staff_page("run the program")
@proved
@hands_out
def whole_file(request: PageRequest, kind: str) -> HttpResponse:
    """All that is there now, in the shape in which it can be brought in. Who took it out is kept."""
    what = _kind(kind)
    rows = list(OUT[what](request.program, request.now))
    bringing.took_table(request.program.id, what, len(rows), me(request), request.now)
    return _file(str(what), write(titles(what), rows))


def _file(name: str, text: str) -> HttpResponse:
    return as_file(text, "text/csv; charset=utf-8", f"{name}.csv")
