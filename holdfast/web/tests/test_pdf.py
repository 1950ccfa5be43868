"""Paper: long lines are broken, nothing is lost, nothing reaches beyond the edge."""

from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from holdfast.web.pdf import Paper, _broken


@given(st.text(alphabet="abcW .,\n\t", max_size=400), st.integers(1, 60))
def test_broken_lines_keep_every_letter_and_fit_the_room(words: str, room: int) -> None:
    parts = list(_broken(words, float(room), lambda text: float(len(text))))
    assert "".join(parts).replace(" ", "") == "".join(words.split())
    assert all(len(part) <= room for part in parts)


def test_many_lines_stand_on_paper_in_order_with_letters_that_the_font_lacks_marked() -> None:
    paper = Paper("Title", "Foot")
    paper.lines([f"line {number} ends" for number in range(200)] + ["Zoë and 语", "x" * 4_000])
    sheets = PdfReader(BytesIO(paper.drawn())).pages
    said = "\n".join(sheet.extract_text() for sheet in sheets)
    assert [f"line {n} ends" in said for n in range(200)] == [True] * 200
    assert said.find("line 7 ends") < said.find("line 8 ends")
    assert "Zoë and ?" in said
    assert said.replace("\n", "").count("x") == 4_000
    assert len(sheets) > 3
