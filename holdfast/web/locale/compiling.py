"""Compiles the catalogues: `python -m holdfast.web.locale.compiling`.

A catalogue is changed by hand in `<language>/LC_MESSAGES/django.po`; the compiled `.mo` beside it is
committed, so that nobody needs gettext's tools to run Holdfast. A test compares the two.
"""

import re
import struct
import sys
from pathlib import Path

LANGUAGES = ("es",)
HERE = Path(__file__).resolve().parent
ENTRY = re.compile(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:"[^\n]*"\s*)+)', re.MULTILINE)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


def read(po: str) -> dict[str, str]:
    """Each original with its translation; singular and plural are joined by a zero, as in the .mo file. Without the header."""
    found: dict[str, str] = {}
    originals: list[str] = []
    for word, quoted in ENTRY.findall(po):
        text = "".join(re.sub(r'\\[n"\\]', lambda m: ESCAPES[m.group()], part) for part in QUOTED.findall(quoted))
        if word == "msgid":
            originals = [text]
        elif word == "msgid_plural":
            originals.append(text)
        elif originals != [""]:
            key = "\0".join(originals)
            found[key] = f"{found[key]}\0{text}" if word.startswith("msgstr[") and key in found else text
    return found


def _header(po: str) -> str:
    quoted = ENTRY.findall(po)[1][1]
    return "".join(part.replace("\\n", "\n") for part in QUOTED.findall(quoted))


def compiled(po: str) -> bytes:
    """The catalogue as gettext reads it: two sorted tables of lengths and places, then the texts."""
    pairs = sorted((key.encode(), said.encode()) for key, said in {"": _header(po), **read(po)}.items())
    place = 28 + 16 * len(pairs)
    tables: list[list[int]] = [[], []]
    texts = b""
    for side in (0, 1):
        for pair in pairs:
            tables[side] += [len(pair[side]), place + len(texts)]
            texts += pair[side] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 28 + 16 * len(pairs))
    return head + b"".join(struct.pack(f"<{len(table)}I", *table) for table in tables) + texts


def main() -> None:
    """Compile every catalogue in place."""
    for language in LANGUAGES:
        folder = HERE / language / "LC_MESSAGES"
        (folder / "django.mo").write_bytes(compiled((folder / "django.po").read_text()))
        sys.stdout.write(f"{language}: {len(read((folder / 'django.po').read_text()))} texts\n")


if __name__ == "__main__":
    main()
