"""Rows of another table that come along in one query, as JSON. Sealed texts travel as base64, and stay sealed.

people = PlanPerson.objects.filter(plan=OuterRef("id"))
plans.annotate(people=ArraySubquery(people.values(row=JSONObject(**packed(PlanPerson, "uid", "name")))))
[unpacked(PlanPerson, row, program_id=plan.program_id) for row in plan.people]
"""

from base64 import b64decode
from typing import Any, TypeVar

from django.db.models import F, Func, Model, Value
from django.db.models.expressions import Combinable

from holdfast.ledger.sealed import Sealed, SealedTextField

Row = TypeVar("Row", bound=Model)


def packed(model: type[Model], *fields: str) -> dict[str, Combinable]:
    """What `JSONObject` takes to carry these fields. A sealed text opens again only beside its program and uid."""
    return {name: _packed(model, name) for name in fields}


def _packed(model: type[Model], name: str) -> Combinable:
    sealed = isinstance(model._meta.get_field(name), SealedTextField)
    return Func(name, Value("base64"), function="encode") if sealed else F(name)


def unpacked(model: type[Row], row: dict[str, Any], **known: Any) -> Row:
    """The row again, with the fields that were carried and those that are known here; the others are empty."""
    return model(**known, **{name: _unpacked(model, name, value) for name, value in row.items()})


def _unpacked(model: type[Model], name: str, value: Any) -> Any:
    field: Any = model._meta.get_field(name)
    if isinstance(field, SealedTextField):
        return None if value is None else Sealed(b64decode(value))
    return field.to_python(value)
