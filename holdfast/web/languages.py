"""The reader's language."""

from django.utils.translation import get_language


def short() -> str:
    """Its short code: en, es."""
    return (get_language() or "en").split("-")[0]
