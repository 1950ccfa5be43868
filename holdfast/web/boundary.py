"""What we are not, for every page, reply and reminder. Needs no database."""

import logging

from holdfast.content.policies import boundary
from holdfast.content.shapes import ContentError
from holdfast.web import languages

log = logging.getLogger("holdfast.web")

LAST_RESORT = (
    "We are not an emergency service. If a life is in danger, call 911. To talk at any hour, call or text 988."
)


def boundary_words() -> str:
    """The short form in the reader's language. Should the file be unreadable, it is said all the same."""
    try:
        return boundary().short.say(languages.short())
    except ContentError:
        log.exception("the boundary statement could not be read")
        return LAST_RESORT
