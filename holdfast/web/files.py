"""A file to take away: attached under a neutral name, since a list of downloads is read by others too, and kept by no cache."""

from django.http import HttpResponse


def as_file(body: bytes | str, kind: str, name: str) -> HttpResponse:
    """`kind`: what it is, as browsers call it, such as application/pdf."""
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
