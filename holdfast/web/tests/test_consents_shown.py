"""How a consent stands, wherever it is shown: on a page, on paper, to a client and to the team."""

from datetime import datetime, timedelta
from io import BytesIO

from django.http import HttpResponse
from pypdf import PdfReader

from holdfast.consent import actions
from holdfast.consent.models import Consent
from holdfast.consent.words import How, Kind
from holdfast.people import reaching
from holdfast.people.models import Supporter
from holdfast.people.tests.cast import Cast
from holdfast.web.tests.test_consents import consents_of, flat
from holdfast.web.tests.test_team import as_, text


def agree(
    cast: Cast, kind: Kind, scopes: tuple[str, ...], now: datetime, person: Supporter | None = None, guardian: str = ""
) -> Consent:
    return actions.agree(
        cast.ana,
        kind,
        scopes=scopes,
        signature="Ana Morales",
        how=How.IN_APP,
        language="en",
        now=now,
        supporter=person,
        guardian=guardian,
    )


def on_paper(answer: HttpResponse) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)


# ---------------------------------------------------------------- what is over


def test_what_a_newer_one_replaced_says_so_on_the_page_and_on_paper(cast: Cast) -> None:
    """H-160: a paper that says when it ends looks as if it held until then."""
    old = agree(cast, Kind.EMERGENCY, ("danger", "medicines"), cast.now - timedelta(days=30))
    new = agree(cast, Kind.EMERGENCY, ("danger",), cast.now)
    ana, bea = as_(cast.ana), as_(cast.bea)
    assert "Replaced by a newer one on November" in flat(ana.get("/agreed/emergency"))
    papers = [on_paper(ana.get(f"/agreed/paper/{old.uid}.pdf")), text(ana.get(f"/agreed/paper/{old.uid}.html"))]
    papers.append(on_paper(bea.get(f"{consents_of(cast)}/{old.uid}.pdf")))
    for paper in papers:
        assert "Replaced by a newer one" in paper
        assert "Ends" not in paper
    paper = on_paper(ana.get(f"/agreed/paper/{new.uid}.pdf"))
    assert "Replaced" not in paper
    assert "Ends" in paper


def test_what_was_taken_back_before_a_newer_one_was_not_replaced_by_it(cast: Cast) -> None:
    old = agree(cast, Kind.EMERGENCY, ("danger",), cast.now - timedelta(days=30))
    actions.take_back(old, None, "", cast.now - timedelta(days=20))
    agree(cast, Kind.EMERGENCY, ("danger",), cast.now)
    page = flat(as_(cast.ana).get("/agreed/emergency"))
    assert "Taken back on" in page
    assert "Replaced" not in page


def test_the_paper_for_somebody_off_the_list_says_that_they_are(cast: Cast) -> None:
    rosa = reaching.name_supporter(cast.ana, name="Rosa", relation="mother", phone="", by=cast.bea, now=cast.now)
    row = agree(cast, Kind.SUPPORTER, ("here",), cast.now, rosa)
    ana = as_(cast.ana)
    assert "off your list" not in on_paper(ana.get(f"/agreed/paper/{row.uid}.pdf"))
    reaching.end_supporter(rosa, cast.now)
    assert "They were taken off your list" in on_paper(ana.get(f"/agreed/paper/{row.uid}.pdf"))
