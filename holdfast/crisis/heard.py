"""The only reads of what clients say of their own crisis. The episode comes from a read scoped to whoever asks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from holdfast.crisis.models import Episode, Voice
from holdfast.crisis.rules import Said

WORDS = {
    Said.WORSE: "The client: “It got worse”",
    Said.SAFE: "The client: “I am safe now”. Nothing is closed by that.",
    Said.TEXT: "The client: “Please text, I cannot talk”",
}


@dataclass(frozen=True)
class Heard:
    """What a client said, the newest first, and when each was last said."""

    voices: tuple[Voice, ...]

    def _last(self, said: Said) -> datetime | None:
        return next((voice.at for voice in self.voices if voice.said == said), None)

    @property
    def text_since(self) -> datetime | None:
        return self._last(Said.TEXT)

    @property
    def worse_at(self) -> datetime | None:
        return self._last(Said.WORSE)

    @property
    def safe_at(self) -> datetime | None:
        return self._last(Said.SAFE)


def heard(episode: Episode) -> Heard:
    """What the client of this crisis said of it: one query."""
    return Heard(tuple(Voice.objects.filter(episode=episode).order_by("-at")[:50]))


def heard_in(episode: UUID | None) -> Heard:
    """The same for the client's own page, which knows its crisis by name."""
    return Heard(tuple(Voice.objects.filter(episode__uid=episode).order_by("-at")[:50]) if episode else ())


def for_timeline(episode: Episode) -> list[tuple[datetime, str, str, str]]:
    """Lines of the timeline: when, kind, words, who."""
    return [(voice.at, "signal", WORDS[Said(voice.said)], "") for voice in Voice.objects.filter(episode=episode)]
