"""A backup of a database of one gigabyte, restored and held against what was saved."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from holdfast.entry import archive
from tests.stack import Stack

# Answers, attempts and facts make up nearly all of a real database; each round adds about 50 MB of them.
_GROW = """
with given as (
    insert into assessment_response (uid, instrument, version, opened_at, done_at, total, band, client_id, program_id)
    select gen_random_uuid(), 'phq-9', '1.0.0', now() - n * interval '1 minute', now() - n * interval '1 minute', 5, 'mild',
           c.id, c.program_id
      from generate_series(1, 10000) n, (select id, program_id from people_client order by id limit 1) c
    returning id, program_id, done_at),
answers as (
    insert into assessment_answer (item, value, at, judged_at, program_id, response_id)
    select i::text, i % 3, done_at, done_at, program_id, id from given, generate_series(1, 9) i),
attempts as (
    insert into notify_attempt (uid, handset, channel, for_what, for_id, words, args, urgency_rank, state, tries, at, began_at,
                                done_at, provider_id, provider_state, last_error, contact_id, staff_id, program_id)
    select gen_random_uuid(), encode(sha256(given.id::text::bytea), 'hex'), 'sms', 'page', given.id, 'page', '{"code": "4711"}', 1,
           'delivered', 1, done_at, done_at, done_at, 'SM' || md5(given.id::text), 'delivered', '', c.id, c.staff_id, c.program_id
      from given, (select * from people_contact order by id limit 1) c)
insert into ledger_fact (kind, data, at, program_id)
select 'CalmAnswersSaved', json_build_object('program', program_id, 'response', id, 'instrument', 'phq-9', 'wall', md5(id::text)),
       done_at, program_id from given, generate_series(1, 3)
"""


def measure(stack: Stack, megabytes: int, say: Any = print) -> dict[str, float]:
    """Seconds of the backup and of the verified restore, and the size of the database and the file."""
    while _size(stack) < megabytes:
        stack.database.execute(_GROW)
    stack.database.execute("checkpoint")
    folder = stack.folder / "backups"
    folder.mkdir()
    public = archive.make_key(folder / "key")
    began = time.monotonic()
    path = _holdfast(stack, public, "backup", str(folder)).split(": ")[0]
    saved = time.monotonic() - began
    began = time.monotonic()
    _holdfast(stack, public, "restore", path, "--key", str(folder / "key"), "--verify")
    restored = time.monotonic() - began
    say(f"{_size(stack):.0f} MB: saved in {saved:.0f} s, restored and verified in {restored:.0f} s", flush=True)
    return {
        "size": _size(stack),
        "file": Path(path).stat().st_size / 1e6,
        "saved": saved,
        "restored": restored,
    }


def _size(stack: Stack) -> float:
    return float(stack.one("select pg_database_size(current_database())")) / 1e6


def _holdfast(stack: Stack, public: str, *words: str) -> str:
    said = subprocess.run(
        [sys.executable, "-m", "holdfast.entry.cli", *words],
        env=stack.env | {"HOLDFAST_BACKUP_RECIPIENT": public},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr[-2000:]
    return said.stdout
