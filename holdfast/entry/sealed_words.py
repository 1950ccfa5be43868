"""What `holdfast check` says of the keys of sealed words."""

from pathlib import Path

from django.conf import settings

from holdfast.ledger import envelopes, keys
from holdfast.ledger.models import ProgramKey
from holdfast.ledger.scope import program_scope

FEW = 12  # different bytes; fewer were not made by chance


def of_the_database() -> list[str]:
    """Whether every program has keys of its own, which open here, and no text lies under an older one."""
    rings = keys.all_programs(settings.HOLDFAST_DATABASE_URL)
    found = keys.sentences(rings)
    waiting = [slug for slug, ring in rings if not ring.begun]
    if waiting:
        found.append(
            f"The words of {', '.join(waiting)} are sealed with the one key of this installation. Once every process is of"
            " this release, run `holdfast keys begin` (docs/how-to/keys.md)."
        )
    return found + [f"{each} Run `holdfast keys reseal`." for each in _not_swept()]


def _not_swept() -> list[str]:
    from holdfast.ledger.models import Program

    found = []
    for program in Program.objects.order_by("id"):
        with program_scope(program.id):
            newest = ProgramKey.objects.filter(what=keys.TEXT).order_by("-number").first()
        if newest is not None and newest.swept_at is None:
            found.append(f"Some words of {program.slug} may still lie under an older key than number {newest.number}.")
    return found


def of_the_file() -> list[str]:
    """Whether the file of envelope keys is there, its owner's alone, and not guessable."""
    name = settings.HOLDFAST_SEAL_KEY_FILE
    if not name:
        if settings.HOLDFAST_DEMO:
            return []
        return [
            (
                "The envelope key lies in the environment, where every process of this user can see it. Move it into a file:"
                " docs/how-to/keys.md."
            )
        ]
    path = Path(name)
    try:
        mode = path.stat().st_mode
        listed = envelopes.read_file(path)
    except (OSError, ValueError):
        return []  # said among the keys that are missing
    found = []
    if mode & 0o077:
        found.append(f"{path} can be read by others than its owner. Close it: chmod 0400 {path}.")
    if any(len(set(key)) < FEW for key in listed):
        found.append(f"{path} holds a key that can be guessed. Add one made by chance: holdfast keys new {path}.")
    return found
