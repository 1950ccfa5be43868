"""The switches with which a test or a demo makes the telephone company misbehave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: Each switch and what it does; the part after a colon in ``late_receipts:3`` is its argument.
SWITCHES: Final[Mapping[str, str]] = {
    "ok": "works as it should (takes wider switches away from this number too)",
    "busy": "a call finds the line busy",
    "no_answer": "a call rings and nobody picks up; argument: seconds of ringing, 2",
    "voicemail": "a call is picked up by a machine that presses no key",
    "500": "the interface answers with status 500 and does nothing",
    "hang": "the interface takes the request, does nothing and never answers",
    "drip": "the request is carried out, the answer comes one byte at a time; argument: seconds a byte, 1",
    "accepted_lost": "the request is accepted, then nothing arrives and no receipt comes",
    "answer_lost": "the request is carried out, the connection is cut before the answer",
    "undelivered": "a text ends as undelivered (the handset is switched off)",
    "unknown_number": "a text ends as undelivered for good (no such handset)",
    "late_receipts": "every receipt comes late; argument: seconds, 5",
    "doubled_receipts": "every receipt comes twice",
    "shuffled_receipts": "receipts come in the wrong order: delivered before sent",
    "lost_receipts": "no receipt comes",
    "forged_receipts": "receipts carry a signature that does not hold",
    "stop": "the number has said STOP: texts are refused with Twilio's code 21610",
    "gone": "the address is gone for good: 21211 for numbers, 410 for push, 550 for mail",
    "landline": "texts are refused with Twilio's code 21614: not a mobile number",
    "auto": "the handset answers by itself; arguments: seconds, then have or cannot (auto:3:cannot)",
}


class UnknownSwitch(ValueError):
    """A switch that does not exist was asked for."""


@dataclass(slots=True)
class Setting:
    """The switches set on one number, channel or everything."""

    names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def seconds(self, name: str, default: float) -> float:
        """The first argument of a switch, as seconds."""
        given = self.names.get(name, ())
        return float(given[0]) if given else default

    def word(self, name: str, place: int, default: str) -> str:
        """A later argument of a switch, as a word."""
        given = self.names.get(name, ())
        return given[place] if len(given) > place else default


#: Shared by every number without a switch, so that the usual case costs nothing.
NOTHING: Final = Setting()


def read_setting(value: object) -> Setting:
    """One switch, or a list of them, as given over the interface."""
    words = value if isinstance(value, list) else [value]
    setting = Setting()
    for word in words:
        name, *arguments = str(word).split(":")
        if name not in SWITCHES:
            raise UnknownSwitch(f"There is no switch {name!r}; there are: {', '.join(SWITCHES)}.")
        try:
            if arguments:
                float(arguments[0])
        except ValueError:
            raise UnknownSwitch(f"The first argument of {word!r} must be a number of seconds.") from None
        setting.names[name] = tuple(arguments)
    return setting


class Switchboard:
    """Which switches hold for a number: its own, its channel's and everybody's together."""

    def __init__(self) -> None:
        self._set: dict[str, Setting] = {}

    def put(self, changes: Mapping[str, object]) -> None:
        """Set switches for numbers, channels (sms, voice, push, email) or ``*``; all of them or none."""
        read = {target: read_setting(value) for target, value in changes.items()}
        for target, setting in read.items():
            if target == "*" and set(setting.names) == {"ok"}:
                self._set.clear()
            elif target in ("sms", "voice", "push", "email", "*") and set(setting.names) == {"ok"}:
                self._set.pop(target, None)
            else:
                self._set[target] = setting

    def clear(self) -> None:
        """Everything works again."""
        self._set.clear()

    def shown(self) -> dict[str, list[str]]:
        """Every switch that is set, for the demo page."""
        return {
            target: [":".join((name, *arguments)) for name, arguments in setting.names.items()]
            for target, setting in self._set.items()
        }

    def add(self, target: str, name: str) -> None:
        """Add one switch to a number, keeping the others."""
        held = self._set.setdefault(target, Setting())
        held.names.pop("ok", None)
        held.names[name] = ()

    def remove(self, target: str, name: str) -> None:
        """Take one switch away from a number."""
        held = self._set.get(target)
        if held is not None:
            held.names.pop(name, None)

    def of(self, channel: str, number: str) -> Setting:
        """The switches that hold for this number on this channel."""
        if not self._set:
            return NOTHING
        own = self._set.get(number)
        if own is not None and "ok" in own:
            return own
        found = [s for s in (self._set.get("*"), self._set.get(channel), own) if s is not None]
        if len(found) == 1:
            return found[0]
        together = Setting()
        for setting in found:
            together.names.update(setting.names)
        return together
