"""Reads the documents that tell a call what to say and what to ask."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin


class NotTwiml(ValueError):
    """The document is not one that a call can follow."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to do in a call."""

    name: str
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    inner: tuple[Verb, ...] = ()

    def number(self, name: str, default: float) -> float:
        """An attribute read as a number."""
        try:
            return float(self.attributes.get(name, default))
        except ValueError:
            raise NotTwiml(f"{name} of <{self.name}> is not a number") from None


KNOWN: Final = frozenset({"Say", "Gather", "Pause", "Hangup", "Redirect", "Reject"})


def read(document: str) -> list[Verb]:
    """The verbs of a document, in order."""
    try:
        root = ET.fromstring(document)  # noqa: S314 (documents come from the program under test)
    except ET.ParseError as problem:
        raise NotTwiml(f"not XML: {problem}") from None
    if root.tag != "Response":
        raise NotTwiml(f"the document starts with <{root.tag}>, not <Response>")
    return [_verb(element) for element in root]


def _verb(element: ET.Element) -> Verb:
    if element.tag not in KNOWN:
        raise NotTwiml(f"<{element.tag}> is not understood here")
    return Verb(
        name=element.tag,
        text=" ".join("".join(element.itertext()).split()) if element.tag != "Gather" else "",
        attributes=dict(element.attrib),
        inner=tuple(_verb(child) for child in element) if element.tag == "Gather" else (),
    )


def target(base: str, verb: Verb) -> str:
    """Where a <Gather> or <Redirect> leads, seen from the document it stands in."""
    given = verb.attributes.get("action", "") if verb.name == "Gather" else verb.text
    return urljoin(base, given) if given else base
