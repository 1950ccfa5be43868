"""Rows that come along in another's query are the rows that they are."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from holdfast.ledger.packed import packed, unpacked
from holdfast.ledger.sealed import Sealed
from holdfast.people.models import Contact, Staff
from holdfast.people.tests.cast import Cast

FIELDS = ("id", "uid", "program_id", "staff_id", "kind", "label", "address", "tested_at", "ended_at")


def test_a_row_that_came_along_equals_the_row_itself_and_its_text_opens(cast: Cast) -> None:
    rows = Contact.objects.filter(staff=OuterRef("id")).values(row=JSONObject(**packed(Contact, *FIELDS)))
    found = Staff.objects.filter(id=cast.cal.id).values_list(ArraySubquery(rows.order_by("id")), flat=True)[0]
    wanted = list(Contact.objects.filter(staff=cast.cal).order_by("id"))
    assert wanted
    for row, contact in zip(found, wanted, strict=True):
        back = unpacked(Contact, row)
        assert isinstance(back.__dict__["address"], Sealed)  # nobody has read it yet
        assert [getattr(back, name) for name in FIELDS] == [getattr(contact, name) for name in FIELDS]
