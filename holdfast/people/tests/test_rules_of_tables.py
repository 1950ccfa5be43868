"""Reading tables that people saved: whatever is wrong is said, with its line, and nothing good is lost."""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.people.days import Days, NotADay, Order, order_of
from holdfast.people.rows import Colleague, Read, days_of, number, read_client, read_shift, read_staff
from holdfast.people.sheets import (
    COLUMNS,
    FORMULA,
    MOST_BYTES,
    Kind,
    NotATable,
    guarded,
    open_sheet,
    ours,
    titles,
    write,
)

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 20, tzinfo=UTC)
STAFF = "name,email,role,discipline,languages,since,licences,phone,second contact\n"
BEA = 'Bea Lindqvist,bea@example.org,clinician,therapist,"en, es",2024-01-02,AZ:LCSW-1:2027-01-31;NV:9:2027-01-31,520 555 0101,bea@desk.example\n'


def staff(text: str | bytes) -> list[Read]:
    sheet = open_sheet(text.encode() if isinstance(text, str) else text, Kind.STAFF)
    return [read_staff(line, days_of(sheet), TODAY) for line in sheet.lines]


def why(read: Read) -> str:
    return " ".join(str(problem.said) for problem in read.problems)


def test_a_whole_line_is_read() -> None:
    (read,) = staff(STAFF + BEA)
    assert read.problems == ()
    assert read.row is not None
    assert (read.row.phone, read.row.others) == ("+15205550101", ("bea@desk.example",))
    assert read.row.languages == ("en", "es")
    assert [(one.state, one.number, one.until) for one in read.row.licences] == [
        ("AZ", "LCSW-1", date(2027, 1, 31)),
        ("NV", "9", date(2027, 1, 31)),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_the_titles(delimiter: str) -> None:
    head = delimiter.join(["Name", "E-Mail", "ROLE", "discipline", "Start date", "Phone number"])
    line = delimiter.join(["Bea L", "bea@example.org", "Clinician", "therapist", "2024-01-02", "(520) 555-0101"])
    (read,) = staff(f"{head}\r\n{line}\r\n")
    assert read.row is not None
    assert read.row.name == "Bea L"


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", ""), ("utf-8-sig", ""), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16")],
)
def test_the_encoding_is_found_and_a_guess_is_said(encoding: str, said: str) -> None:
    sheet = open_sheet((STAFF + BEA.replace("Bea", "Tomás Núñez")).encode(encoding), Kind.STAFF)
    assert sheet.lines[0].cells["name"] == "Tomás Núñez Lindqvist"
    assert said in " ".join(map(str, sheet.said))
    assert bool(sheet.said) == bool(said)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b" \n \n", "is empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"name\x00,email\n", "not a file of text"),
        (b"name,email\nBea,\x81\xff\n", "could not tell how"),
        (b"\xff\xfea", "is not"),
        ("name\x00,email\n".encode("utf-16"), "not a file of text"),
        (STAFF.encode() + b'"Bea,bea@example.org\nCal,cal@example.org\n', "Line 2 cannot be read"),
        (b'"name,email\n', "Line 1 cannot be read"),
        (b"name,mail,role\nBea,b@x.org,clinician\n", "Missing: discipline, since, phone"),
        (b"name,email,e-mail,role,discipline,since,phone\nx\n", "Two columns say the same"),
        (STAFF.encode(), "no line below"),
        (b"x" * (MOST_BYTES + 1), "larger than 2 MB"),
        (STAFF.encode() + b"a,b\n" * 5001, "has 5,001 lines"),
        (STAFF.encode() + b'"' + b"x" * 200_000 + b'"\n', "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(raw: bytes, said: str) -> None:
    with pytest.raises(NotATable, match=said):
        open_sheet(raw, Kind.STAFF)


def test_columns_that_are_not_known_are_named() -> None:
    sheet = open_sheet(
        (STAFF.replace("name,", "name,Shoe size,", 1) + BEA.replace(",", ",44,", 1)).encode(), Kind.STAFF
    )
    assert "Shoe size" in str(sheet.said[0])
    assert sheet.lines[0].cells["email"] == "bea@example.org"


def test_a_line_number_is_that_of_the_file_whatever_stands_between() -> None:
    text = STAFF + "\n" + BEA.replace("Bea Lindqvist", '"Bea\nLindqvist"') + BEA
    assert [line.number for line in open_sheet(text.encode(), Kind.STAFF).lines] == [3, 5]


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("clinician", "wizard", "There is no role “wizard”"),
        ("therapist", "", "The discipline is missing"),
        ("AZ:LCSW-1", "ZZ:LCSW-1", "“ZZ” is not a state"),
        ("AZ:LCSW-1:2027-01-31", "AZ LCSW-1", "is not a licence"),
        ("AZ:LCSW-1:2027-01-31", "AZ:LCSW-1:2027-02-31", "does not exist"),
        ("NV:9:", "AZ:LCSW-1:", "stands there twice"),
        ("520 555 0101", "555 0101", "does not look like a phone number"),
        ("520 555 0101", "call Bea", "does not look like a phone number"),
        ("bea@desk.example", "(520) 555-0101", "Both contacts are the same"),
        ("bea@example.org", "bea at example", "does not look like an e-mail"),
        ("2024-01-02", "soon", "is not a day"),
        ("2024-01-02", "0024-01-02", "too far away"),
        ('"en, es"', "Spanish", "not the short name of a language"),
        ("Bea Lindqvist", "x" * 121, "longer than 120"),
        ("bea@desk.example", "bea@desk.example,more", "more cells than the first"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(was: str, now: str, said: str) -> None:
    (read,) = staff(STAFF + BEA.replace(was, now))
    assert read.row is None
    assert said in why(read)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    (read,) = staff(STAFF + ",,,,,,,,\nx,,,,,,,,\n")
    assert [problem.key for problem in read.problems] == ["email", "role", "discipline", "since", "phone"]


def test_a_licence_that_ended_yesterday_is_taken_and_said() -> None:
    (read,) = staff(STAFF + BEA.replace("NV:9:2027-01-31", "NV:9:2026-11-24"))
    assert read.row is not None
    assert "may not be asked for NV" in " ".join(map(str, read.notes))
    (today,) = staff(STAFF + BEA.replace("NV:9:2027-01-31", "NV:9:2026-11-25"))
    assert today.notes == ()


def test_a_licence_that_counts_only_later_keeps_its_first_day() -> None:
    (read,) = staff(STAFF + BEA.replace("NV:9:2027-01-31", "NV:9:2026-12-24:2027-01-31"))
    assert read.row is not None
    assert [(one.state, one.since) for one in read.row.licences] == [("AZ", None), ("NV", date(2026, 12, 24))]
    assert "counts from 2026-12-24" in " ".join(map(str, read.notes))
    (wrong,) = staff(STAFF + BEA.replace("NV:9:2027-01-31", "NV:9:2027-02-24:2027-01-31"))
    assert "ends before it begins" in why(wrong)


def test_a_last_day_is_read_and_whoever_has_left_is_refused() -> None:
    head = STAFF.replace("since", "since,last day")
    (read,) = staff(head + BEA.replace("2024-01-02", "2024-01-02,2026-11-25"))
    assert read.row is not None
    assert read.row.until == TODAY
    for last, said in (("2026-11-24", "has passed"), ("2023-01-01", "before the first one"), ("soon", "is not a day")):
        (gone,) = staff(head + BEA.replace("2024-01-02", f"2024-01-02,{last}"))
        assert said in why(gone)


def test_several_further_contacts_stand_in_one_cell() -> None:
    (read,) = staff(STAFF + BEA.replace("bea@desk.example", "bea@desk.example; 520 555 0109"))
    assert read.row is not None
    assert read.row.others == ("bea@desk.example", "+15205550109")
    (twice,) = staff(STAFF + BEA.replace("bea@desk.example", "bea@desk.example; BEA@desk.example"))
    assert "are the same" in why(twice)


# ---- days ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["2026-11-30"], Order.UNKNOWN),
        (["03/04/2026"], Order.UNKNOWN),
        (["11/30/2026", "03/04/2026"], Order.MONTH_FIRST),
        (["30/11/2026", "03/04/2026"], Order.DAY_FIRST),
        (["30/11/2026", "11/30/2026"], Order.BOTH),
    ],
)
def test_the_days_of_a_file_show_together_which_comes_first(cells: list[str], order: Order) -> None:
    assert order_of(cells) is order


def test_two_styles_of_days_are_read_where_it_is_clear() -> None:
    days = Days(Order.MONTH_FIRST)
    assert days.read("2026-11-30") == days.read("11/30/2026") == date(2026, 11, 30)
    assert days.read("03/04/2026") == date(2026, 3, 4)
    assert Days(Order.UNKNOWN).read("5/5/2026") == date(2026, 5, 5)


@pytest.mark.parametrize("order", [Order.UNKNOWN, Order.DAY_FIRST, Order.BOTH])
def test_a_day_that_can_be_read_in_two_ways_is_refused(order: Order) -> None:
    with pytest.raises(NotADay, match="can be read in two ways"):
        Days(order).read("03/04/2026")


def test_a_day_before_its_month_is_refused_whatever_the_file_shows() -> None:
    for order in Order:
        with pytest.raises(NotADay, match="puts the day before the month"):
            Days(order).read("30/11/2026")


def test_a_time_that_does_not_exist_is_refused_and_one_that_comes_twice_is_said() -> None:
    days = Days(Order.UNKNOWN)
    with pytest.raises(NotADay, match="does not exist there"):
        days.moment("2026-03-08 02:30", "America/Denver")
    assert days.moment("2026-11-01 01:30", "America/Denver")[1]
    assert not days.moment("2026-11-01 01:30", "America/Phoenix")[1]


# ---- clients and shifts ------------------------------------------------------------------------------------

CLIENTS = "name,preferred name,pronouns,language,state,time zone,phone,other phone,email,since,care team emails\n"
ANA = "Ana Morales,Ani,she/her,es,az,america/phoenix,520-555-0118,,ana@example.org,2026-11-01,bea@x.org rx@x.org:prescriber\n"
PEOPLE = {
    "bea@x.org": Colleague("Bea Tran", "therapist"),
    "rx@x.org": Colleague("Rosa Ix", "therapist"),
    "pat@x.org": Colleague("Pat Lee", "peer"),
    "nan@x.org": Colleague("Nan Roe", "nurse"),
    "olu@x.org": Colleague("Olu Bay", "office"),
}


def clients(text: str) -> list[Read]:
    sheet = open_sheet(text.encode(), Kind.CLIENTS)
    return [read_client(line, days_of(sheet), TODAY, PEOPLE) for line in sheet.lines]


def test_a_client_is_read_with_their_team() -> None:
    (read,) = clients(CLIENTS + ANA)
    assert read.row is not None
    assert (read.row.state, read.row.timezone, read.row.phone) == ("AZ", "America/Phoenix", "+15205550118")
    assert read.row.team == (("bea@x.org", "primary"), ("rx@x.org", "prescriber"))


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("america/phoenix", "Arizona", "There is no time zone “Arizona”"),
        ("bea@x.org ", "nobody@x.org ", "Nobody of the staff has"),
        ("rx@x.org:prescriber", "rx@x.org", "Two people are primary"),
        ("rx@x.org:prescriber", "rx@x.org:boss", "There is no part “boss”"),
        (",az,", ",Arizona,", "is not a state"),
        ("520-555-0118", "", "The phone number is missing"),
    ],
)
def test_what_is_wrong_with_a_client_is_said(was: str, now: str, said: str) -> None:
    (read,) = clients(CLIENTS + ANA.replace(was, now))
    assert read.row is None
    assert said in why(read)


@pytest.mark.parametrize(("email", "name"), [("nan@x.org", "Nan Roe"), ("olu@x.org", "Olu Bay")])
def test_nobody_becomes_primary_unasked(email: str, name: str) -> None:
    (read,) = clients(CLIENTS + ANA.replace("rx@x.org:prescriber", email))
    assert read.row is None
    assert why(read) == (
        f"{name} has no part of their own here: write {email}:primary, :prescriber, :case_manager or :peer."
    )
    (alone,) = clients(CLIENTS + ANA.replace("bea@x.org rx@x.org:prescriber", email))
    assert alone.row is None
    (written,) = clients(CLIENTS + ANA.replace("rx@x.org:prescriber", f"{email}:case_manager"))
    assert written.row is not None
    assert written.row.team == (("bea@x.org", "primary"), (email, "case_manager"))


@pytest.mark.parametrize(
    ("standing", "since", "invited", "said"),
    [
        ("", "2026-11-01", False, ""),
        ("invited", "2026-11-01", True, ""),
        ("active", "2026-12-01", True, "day to come"),
        ("paused", "2026-11-01", False, "Comes in as active"),
        ("Other care", "2026-11-01", False, "Comes in as active"),
    ],
)
def test_whoever_comes_in_is_watched_unless_they_are_invited(
    standing: str, since: str, invited: bool, said: str
) -> None:
    head = CLIENTS.replace("since,", "since,standing,")
    (read,) = clients(head + ANA.replace("2026-11-01", f"{since},{standing}"))
    assert read.row is not None
    assert read.row.invited is invited
    assert said in " ".join(map(str, read.notes))
    (gone,) = clients(head + ANA.replace("2026-11-01", "2026-11-01,discharged"))
    assert "There is no standing “discharged”" in why(gone)


def shifts(*lines: str) -> list[Read]:
    sheet = open_sheet(("email,level,from,to\n" + "\n".join(lines)).encode(), Kind.SHIFTS)
    return [read_shift(line, days_of(sheet), "America/Phoenix", PEOPLE, NOW) for line in sheet.lines]


def test_a_shift_is_read_in_the_time_of_the_program() -> None:
    (read,) = shifts("bea@x.org,First,2026-11-30 19:00,12/1/2026 7:00 am")
    assert "two ways" in why(read)
    read, _ = shifts(
        "bea@x.org,First,2026-11-30 19:00,12/1/2026 7:00 am", "bea@x.org,first,12/30/2026 7 pm,12/31/2026 7 am"
    )
    assert read.row is not None
    assert read.row.since == datetime(2026, 12, 1, 2, tzinfo=UTC)
    assert read.row.until == datetime(2026, 12, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("eve@x.org,first,2026-11-30 19:00,2026-12-01 07:00", "Nobody of the staff"),
        ("bea@x.org,third,2026-11-30 19:00,2026-12-01 07:00", "There is no level “third”"),
        ("bea@x.org,first,2026-11-30 19:00,2026-11-30 07:00", "ends before it begins"),
        ("bea@x.org,first,2026-11-20 19:00,2026-11-21 07:00", "is over already"),
        ("bea@x.org,first,2026-11-30 19:00,2026-12-30 07:00", "longer than eight days"),
        ("bea@x.org,first,2026-11-30,2026-12-01 07:00", "has no time"),
        ("bea@x.org,first,,2026-12-01 07:00", "The beginning is missing"),
    ],
)
def test_what_is_wrong_with_a_shift_is_said(line: str, said: str) -> None:
    (read,) = shifts(line)
    assert read.row is None
    assert said in why(read)


# ---- out, and in again ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", ["=1+1", "+15205550101", "-2", "@SUM(A1)", "'=1", "''=1", "＝1", "O'Brien", "'quoted'", "plain", ""]
)
def test_no_cell_that_leaves_is_a_formula_and_it_comes_back_as_it_was(cell: str) -> None:
    assert not guarded(cell).startswith(FORMULA)
    assert ours(guarded(cell)) == cell


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20), min_size=4, max_size=4))
def test_what_is_written_is_read_again(cells: list[str]) -> None:
    cells = ["x", *(cell.replace("\r", "").strip() for cell in cells[1:])]
    sheet = open_sheet(write(titles(Kind.SHIFTS), [cells]).encode(), Kind.SHIFTS)
    assert [sheet.lines[0].cells[column.key] for column in COLUMNS[Kind.SHIFTS]] == cells


@given(st.binary(max_size=300))
def test_no_file_whatever_is_in_it_does_more_than_be_refused(raw: bytes) -> None:
    for kind in Kind:
        with suppress(NotATable):
            assert open_sheet(raw, kind).lines


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("520 555 0101", "+15205550101"),
        ("1-520-555-0101", "+15205550101"),
        ("+44 20 7946 0000", "+442079460000"),
        ("5551212", None),
        ("520555010x", None),
    ],
)
def test_a_phone_number_is_the_same_however_it_is_written(text: str, plain: str | None) -> None:
    assert number(text) == plain
