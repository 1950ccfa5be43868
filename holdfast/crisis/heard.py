"""What clients say of their own crisis, as pages show it. The episode comes from a read scoped to whoever asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Max

from holdfast.crisis.models import Voice
from holdfast.crisis.rules import Said

WORDS: Final = {
    Said.WORSE: "The client: “It got worse”",
    Said.SAFE: "The client: “I am safe now”. Nothing is closed by that.",
    Said.TEXT: "The client: “Please text, I cannot talk”",
}


@dataclass(frozen=True)
class Heard:
    """When a client last said each thing."""

    last: Mapping[str, datetime]

    @property
    def text_since(self) -> datetime | None:
        return self.last.get(Said.TEXT)

    @property
    def worse_at(self) -> datetime | None:
        return self.last.get(Said.WORSE)

    @property
    def safe_at(self) -> datetime | None:
        return self.last.get(Said.SAFE)


def heard_in(episode: UUID | None) -> Heard:
    """For the client's own page, which knows its crisis by name: one query."""
    voices = Voice.objects.filter(episode__uid=episode) if episode else Voice.objects.none()
    return Heard(dict(voices.values_list("said").annotate(Max("at"))))
