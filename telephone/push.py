"""Web push: simulated browsers with keys of their own, which decrypt what they are sent."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Final

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, VapidException

from telephone.company import Company, new_sid

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
DEVICE: Final = re.compile(r"^[A-Za-z0-9._~-]{1,80}$")


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def shown(payload: str) -> str:
    """What the browser shows of a push: title and body, as our service worker does."""
    try:
        given = json.loads(payload)
        return f"{given['title']}: {given['body']}"
    except (ValueError, KeyError, TypeError):
        return payload


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """What the push service says to the sender."""

    status: int
    words: str
    location: str = ""


class Push:
    """The push service and the browsers behind it.

    A device's keys follow from its name, so that a restarted company still knows every device.
    """

    def __init__(self, company: Company) -> None:
        self._company = company
        self._keys: dict[str, tuple[ec.EllipticCurvePrivateKey, bytes]] = {}
        self.labels: dict[str, str] = {}

    def keys(self, device: str) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
        """The private key and the shared secret of one simulated browser."""
        found = self._keys.get(device)
        if found is None:
            seed = hashlib.sha512(f"{self._company.seed}/{device}".encode()).digest()
            number = int.from_bytes(seed[:40], "big") % (_ORDER - 1) + 1
            found = self._keys[device] = (ec.derive_private_key(number, ec.SECP256R1()), seed[-16:])
        return found

    def subscription(self, device: str, base_url: str) -> dict[str, object]:
        """What a browser would hand to the page after subscribing."""
        private, secret = self.keys(device)
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "id": device,
            "endpoint": f"{base_url.rstrip('/')}/push/{device}",
            "keys": {"p256dh": _encoded(point), "auth": _encoded(secret)},
        }

    def receive(self, device: str, headers: dict[str, str], body: bytes) -> PushAnswer:
        """Take one push: check who sends it, decrypt it as the browser would, show it."""
        if not DEVICE.match(device):
            return PushAnswer(404, "no such subscription")
        if "gone" in self._company.switches.of("push", device):
            return PushAnswer(410, "the subscription has expired or was withdrawn")
        if "ttl" not in headers:
            return PushAnswer(400, "the header TTL is missing")
        if not headers.get("authorization", "").startswith("vapid "):
            return PushAnswer(401, "the sender did not say who it is")
        try:
            if not Vapid02.verify(headers["authorization"]):
                return PushAnswer(403, "the sender's signature does not hold")
        except (VapidException, InvalidSignature, ValueError, TypeError, IndexError):
            return PushAnswer(403, "the sender's signature cannot be read")
        private, secret = self.keys(device)
        try:
            plain = http_ece.decrypt(body, private_key=private, auth_secret=secret, version="aes128gcm")
            text = plain.decode()
        except (http_ece.ECEException, ValueError, TypeError):
            return PushAnswer(400, "the body cannot be decrypted with this subscription's keys")
        entry = self._company.log.add(
            sid=new_sid("PU"),
            channel="push",
            to=device,
            sender="web push",
            text=shown(text),
            state="queued",
            token=headers.get("topic"),
        )
        if "accepted_lost" not in self._company.switches.of("push", device):
            self._company.log.move(entry, "delivered")
        return PushAnswer(201, "created", f"/push/messages/{entry.id}")
