"""Opens sealed texts one by one, so that one that will not open never takes a page from everybody."""

import logging
from typing import Any, Final

from cryptography.exceptions import InvalidTag

log = logging.getLogger("holdfast.web")

WILL_NOT_OPEN: Final = (InvalidTag, ValueError)


def opened(row: Any, field: str, instead: Any = "") -> Any:
    """The text of one field of one row, or what is said instead where it will not open or there is no row."""
    if row is None:
        return instead
    try:
        return getattr(row, field)
    except WILL_NOT_OPEN:
        log.error("a sealed text cannot be opened", extra={"table": row._meta.db_table, "row": row.pk, "field": field})
        return instead


def shut(row: Any, *fields: str) -> bool:
    """Whether any of these texts will not open."""
    missing = object()
    return row is not None and any(opened(row, field, missing) is missing for field in fields)
