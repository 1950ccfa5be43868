"""No secret stands in the repository: no private key, no token of a provider, no password in an address."""

import re
import subprocess
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[2]

PRIVATE_KEY: Final = "-----BEGIN " + r"(?:[A-Z]+ )*PRIVATE KEY-----"
LOOKS_SECRET: Final = {
    "a private key": re.compile(PRIVATE_KEY),
    "an age identity": re.compile(r"AGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    "an AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})"),
    "a Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "a Twilio account": re.compile(r"\b(?:AC|SK)[0-9a-f]{32}\b"),
    "a Stripe key": re.compile(r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
    "a token of the web": re.compile(r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"),
    "a password in an address": re.compile(
        r"\b(?:postgres(?:ql)?|smtps?|https?|redis|amqp)://[^\s:/@<>{}\"'$]+:([^\s@<>{}\"'$]{6,})@"
    ),
    "a setting that is filled in": re.compile(
        r"^\s*(?:export )?HOLDFAST_(?:SECRET_KEY|SEAL_KEY|TWILIO_TOKEN|VAPID_KEY|DOWNTIME_PASSWORD|METRICS_TOKEN)=[^\s$#<\"'{]{8,}",
        re.MULTILINE,
    ),
}
# What looks like one and is none: of the tests and the demo, made up, and each is said here.
MADE_UP: Final = {
    "holdfast/entry/tests/test_logs.py": {"a password in an address"},
    # the word "password" where a password goes
    "docs/how-to/channels.md": {"a password in an address"},
    "docs/reference/settings.md": {"a password in an address"},
    "holdfast/entry/environment.py": {"a password in an address"},
    # the rehearsal's own telephone company, on one machine
    "docs/how-to/run.md": {"a Twilio account", "a setting that is filled in"},
    "holdfast/entry/demo.py": {"a Twilio account"},
}


def files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [name for name in listed.stdout.split("\n") if name and "/vendor/" not in name]
    return [ROOT / name for name in names if (ROOT / name).is_file() and name != str(Path(__file__).relative_to(ROOT))]


def found_in(path: Path) -> set[str]:
    text = path.read_text(errors="ignore")
    return {what for what, pattern in LOOKS_SECRET.items() if pattern.search(text)}


def test_no_file_holds_a_secret() -> None:
    """What is meant to be there stands in MADE_UP, with a reason that somebody read."""
    held = {str(path.relative_to(ROOT)): found for path in files() if (found := found_in(path))}
    assert {name: what for name, what in held.items() if what - MADE_UP.get(name, set())} == {}


def test_every_exception_is_still_needed() -> None:
    for name, what in MADE_UP.items():
        assert what <= found_in(ROOT / name), name


def test_a_secret_would_be_found(tmp_path: Path) -> None:
    planted = {
        "a private key": "-----BEGIN " + "EC PRIVATE KEY-----",
        "an age identity": "AGE-SECRET-" + "KEY-1" + "Q" * 58,
        "a GitHub token": "ghp_" + "a" * 36,
        "a Twilio account": "AC" + "0123456789abcdef" * 2,
        "a password in an address": "postgresql://holdfast:" + "hunter22@db/x",
        "a setting that is filled in": "HOLDFAST_SECRET" + "_KEY=abcdefghijkl",
    }
    for what, text in planted.items():
        file = tmp_path / "planted"
        file.write_text(text)
        assert found_in(file) == {what}


def test_nothing_that_holds_secrets_is_ever_added() -> None:
    """The demo's keys and any file of settings are ignored by git."""
    for name in (".holdfast/keys.json", ".env", "settings.env"):
        said = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
        assert said.returncode == 0, name
