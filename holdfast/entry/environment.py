"""Every setting a process reads from its environment, in one place.

`docs/reference/settings.md` lists the same names; a house test keeps the two equal.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from holdfast.ledger.envelopes import Envelopes, key_of

LOCAL: Final = ("localhost", "127.0.0.1", "::1")
SHORTEST_SECRET: Final = 8  # anything shorter stands in other words by chance
ROLES = ("owner", "web", "worker", "watchdog")


@dataclass(frozen=True)
class Setting:
    """`secret`: whoever knows it can do what they should not, so it never stands in a log."""

    name: str
    default: str
    meaning: str
    secret: bool = False


SETTINGS = (
    Setting(
        "DATABASE_URL",
        "",
        "PostgreSQL address: postgresql://host:port/name. Each process signs in as its own role, with a derived password.",
    ),
    Setting(
        "HOLDFAST_ROLE", "web", "Database role of this process: web, worker, watchdog or owner. The command sets it."
    ),
    Setting("HOLDFAST_DATA", "./.holdfast", "Folder for the embedded database, its logs and the demo's keys."),
    Setting("HOLDFAST_PORT", "8000", "Port of the one address for people."),
    Setting("HOLDFAST_REALTIME_PORT", "8001", "Port of the live connection, behind the one address."),
    Setting(
        "HOLDFAST_PUBLIC_URL",
        "http://localhost:8000",
        "The address that people and the telephone company use. Signed webhooks are checked against it.",
    ),
    Setting(
        "HOLDFAST_SECRET_KEY",
        "",
        "Secret for sessions, signed forms, second factors and database passwords. At least 32 characters.",
        secret=True,
    ),
    Setting(
        "HOLDFAST_SEAL_KEY_FILE",
        "",
        "File of envelope keys, which open the keys of each program: one a line, newest first. `holdfast keys new` makes it.",
    ),
    Setting(
        "HOLDFAST_SEAL_KEY",
        "",
        "An envelope key in the environment, the oldest: 32 bytes in base64. Losing it loses the text; a file is better.",
        secret=True,
    ),
    Setting(
        "HOLDFAST_EMBEDDED_ACCEPTED",
        "",
        "Who lets a real program live in the embedded database, and since when: First Last, 2026-11-25. Empty: refused.",
    ),
    Setting("HOLDFAST_DEMO", "0", "1 marks every page as a demo, lets the clock move and binds to this machine alone."),
    Setting(
        "HOLDFAST_PROGRAM", "", "Slug of the program that the plain /help page belongs to, when there are several."
    ),
    Setting("HOLDFAST_TWILIO_SID", "", "Twilio account."),
    Setting("HOLDFAST_TWILIO_TOKEN", "", "Twilio auth token; also checks the signatures of webhooks.", secret=True),
    Setting("HOLDFAST_TWILIO_FROM", "", "The number that texts and calls come from."),
    Setting("HOLDFAST_TWILIO_API", "", "Another address for Twilio's interface. Empty means Twilio itself."),
    Setting("HOLDFAST_SMTP_URL", "", "Mail server: smtp://user:password@host:port."),
    Setting("HOLDFAST_MAIL_FROM", "desk@localhost", "Sender of mail."),
    Setting("HOLDFAST_VAPID_KEY", "", "Private key of web push, base64url.", secret=True),
    Setting("HOLDFAST_HEARTBEAT_URL", "", "Address that the watchdog pings while every promise holds."),
    Setting(
        "HOLDFAST_DOWNTIME_FOLDER",
        "",
        "Folder into which the worker writes each program's downtime sheet every hour. Empty: none is written.",
    ),
    Setting(
        "HOLDFAST_DOWNTIME_PASSWORD",
        "",
        "Opens the downtime sheet. At least 12 characters, or none is written.",
        secret=True,
    ),
    Setting(
        "HOLDFAST_BACKUP_RECIPIENT",
        "",
        "Public key (age1...) that backups are sealed for; `holdfast backup-key` makes it.",
    ),
    Setting(
        "HOLDFAST_METRICS_TOKEN",
        "",
        "Opens /metrics to whoever is not on this machine. At least 32 characters; empty: this machine only.",
        secret=True,
    ),
    Setting(
        "HOLDFAST_LEDGER_FOLDER",
        "",
        "Folder on another machine, into which the worker writes the head of each program's ledger every day.",
    ),
    Setting(
        "HOLDFAST_LEDGER_MAIL",
        "",
        "Two mail addresses with a comma between them, to which the head of each ledger goes every day.",
    ),
    Setting(
        "HOLDFAST_LEDGER_ANCHORS",
        "",
        "Names, with commas between them, of installed anchors (entry points of the group holdfast.anchors) that take it too.",
    ),
    Setting("HOLDFAST_TELEPHONE_URL", "", "The demo's telephone company, for the page that shows its handsets."),
    Setting("HOLDFAST_WEB_THREADS", "8", "Threads of each web process."),
    Setting("HOLDFAST_WEB_PROCESSES", "2", "Web processes."),
)


def read(name: str) -> str:
    """The value of a known setting."""
    (setting,) = [s for s in SETTINGS if s.name == name]
    return os.environ.get(name, setting.default)


def secrets() -> frozenset[str]:
    """Every secret that this process knows: as it is set, inside an address, and derived from another."""
    found = {read(one.name) for one in SETTINGS if one.secret}
    for name in ("DATABASE_URL", "HOLDFAST_SMTP_URL"):
        held = urlsplit(read(name)).password or ""
        found |= {held, unquote(held)}
    if key := read("HOLDFAST_SECRET_KEY"):
        found |= {role_password(key, role) for role in ROLES}
    return frozenset(each for each in found if len(each) >= SHORTEST_SECRET)


def role_password(secret: str, role: str) -> str:
    """The password of a database role, derived so that one secret is enough to keep."""
    return hmac.new(secret.encode(), f"database role holdfast_{role}".encode(), hashlib.sha256).hexdigest()


def url_for_role(url: str, secret: str, role: str) -> str:
    """The owner's address with another role and its derived password."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    signed_in = f"holdfast_{role}:{quote(role_password(secret, role))}@{place}"
    return urlunsplit((parts.scheme, signed_in, parts.path, parts.query, parts.fragment))


def seal_key(text: str) -> bytes:
    """The sealing key as bytes, none where it is empty. Raises ValueError when it is not 32 bytes in base64."""
    return key_of(text) if text else b""


def accepted_on(text: str, today: date) -> bool:
    """Whether this names a person and a day that has come: `First Last, 2026-11-25`."""
    who, _, when = text.rpartition(",")
    try:
        day = date.fromisoformat(when.strip())
    except ValueError:
        return False
    return len(who.split()) >= 2 and day <= today


def is_guessable(secret: str) -> bool:
    """Whether somebody could try this secret: few letters again and again, or the words of an example."""
    words = ("change", "example", "password", "123456")
    return len(set(secret)) < 12 or any(word in secret.lower() for word in words)


@dataclass(frozen=True)
class Unsafe:
    """One thing about this configuration that is unsafe, and how to mend it."""

    what: str
    mend: str


@dataclass(frozen=True)
class Environment:
    """The settings of this process, read once."""

    role: str = field(default_factory=lambda: read("HOLDFAST_ROLE"))
    database_url: str = field(default_factory=lambda: read("DATABASE_URL"))
    secret: str = field(default_factory=lambda: read("HOLDFAST_SECRET_KEY"))
    seal: str = field(default_factory=lambda: read("HOLDFAST_SEAL_KEY"))
    seal_file: str = field(default_factory=lambda: read("HOLDFAST_SEAL_KEY_FILE"))
    demo: bool = field(default_factory=lambda: read("HOLDFAST_DEMO") == "1")
    public_url: str = field(default_factory=lambda: read("HOLDFAST_PUBLIC_URL").rstrip("/"))
    data: Path = field(default_factory=lambda: Path(read("HOLDFAST_DATA")).absolute())

    @property
    def owner_url(self) -> str:
        """The owner's address: as it is written, or with the derived password when none is written."""
        return self.database_url if urlsplit(self.database_url).password else self.url_of("owner")

    def url_of(self, role: str) -> str:
        """The address of a role, with its derived password."""
        return url_for_role(self.database_url, self.secret, role)

    @property
    def envelopes(self) -> Envelopes:
        """The envelope keys of this machine, read now."""
        one = seal_key(self.seal)
        return Envelopes(Path(self.seal_file) if self.seal_file else None, (one,) if one else ())

    def _seal_is_safe(self) -> bool:
        """A file that is away stops nobody: what is in memory elsewhere goes on, and this process says what it lacks."""
        try:
            return bool(self.seal_file and not self.seal) or len(set(key_of(self.seal))) >= 12 or self.demo
        except ValueError:
            return False

    def unsafe(self) -> list[Unsafe]:
        """Everything that must stop a start. Empty when safe."""
        found = []
        if self.role not in ROLES:
            found.append(Unsafe(f"HOLDFAST_ROLE is {self.role!r}", f"use one of {', '.join(ROLES)}"))
        if len(self.secret) < 32:
            found.append(
                Unsafe(
                    "HOLDFAST_SECRET_KEY is missing or shorter than 32 characters",
                    "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
                )
            )
        elif not self.demo and is_guessable(self.secret):
            found.append(
                Unsafe(
                    "HOLDFAST_SECRET_KEY can be guessed",
                    "make one by chance with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
                )
            )
        if not self._seal_is_safe():
            found.append(
                Unsafe(
                    "HOLDFAST_SEAL_KEY is missing, can be guessed, or is not 32 bytes in base64",
                    "make a file of keys with: holdfast keys new FILE, name it in HOLDFAST_SEAL_KEY_FILE, and keep a copy"
                    " somewhere safe",
                )
            )
        if not self.database_url:
            found.append(Unsafe("DATABASE_URL is missing", "name a PostgreSQL database, or use `holdfast demo`"))
        if self.demo and urlsplit(self.public_url).hostname not in LOCAL:
            found.append(
                Unsafe(
                    f"HOLDFAST_DEMO is 1 and HOLDFAST_PUBLIC_URL is {self.public_url}: anybody there could sign in as anybody",
                    "leave HOLDFAST_DEMO out for real people, or keep the demo on http://localhost",
                )
            )
        if not self.demo and not self.public_url.startswith("https://"):
            found.append(
                Unsafe(
                    "HOLDFAST_PUBLIC_URL does not begin with https://",
                    "put Holdfast behind Caddy or nginx with a certificate; to rehearse on one machine, "
                    "https://localhost:8443 through Caddy, which makes one by itself (docs/how-to/run.md)",
                )
            )
        return found
