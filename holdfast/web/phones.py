"""What a phone or computer is called in a list, by what its browser says of itself."""

from django.utils.translation import gettext as _


def name_of_phone(agent: str) -> str:
    """A word for this phone that its owner would recognize."""
    for mark in ("iPhone", "iPad", "Android", "Windows", "Macintosh", "CrOS", "Linux"):
        if mark in agent:
            return {"Macintosh": "Mac", "CrOS": "Chromebook"}.get(mark, mark)
    return str(_("A phone or computer"))
