"""Keys of sealed words as an operator meets them: a file, a backup, new keys while everything runs."""

import base64
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from holdfast.entry import archive, restore, roles
from holdfast.entry.tests.cluster import SECRET, environment
from holdfast.entry.tests.database import TEMPLATE, Database
from holdfast.ledger import envelopes

SETTING_UP = "import json, sys, django; django.setup(); from pathlib import Path\n"
CAST = """
from django.db import transaction
from holdfast.ledger import keys
from holdfast.people.tests.cast import make_cast
from holdfast.plans import actions as plans
from holdfast.plans.rules import Part, Someone
with transaction.atomic():
    cast = make_cast()
    cast.night_shift()
    helpers = (Someone(Part.HELPERS, "Frank", "520 555 0142"),)
    plans.write(cast.ana, cast.bea, {Part.SIGNS: "Not sleeping."}, helpers, "moderate", cast.now)
"""
AS_AN_OLDER_RELEASE = "from holdfast.ledger import keys; keys.make_first = lambda *_: None\n" + CAST
WHAT_IS_READ = """
from holdfast.ledger import keys
from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.ledger.sealed import readable
from holdfast.ledger.vouch import word
from holdfast.people.models import Client
from holdfast.people.queries import clients_with_number
from holdfast.plans.models import SafetyPlan
keys.at_start()
with program_scope(Program.objects.get(slug="juniper").id) as now:
    ana, plan = Client.objects.get(), SafetyPlan.objects.get()
    print(json.dumps({
        "name": readable(ana, "name"), "phone": readable(ana, "phone"), "plan": readable(plan, "signs"),
        "found": len(clients_with_number(ana.program_id, "+15205550118")),
        "promise": word().promises["words_can_be_read"],
    }))
"""
ALL_THERE = {"name": "Ana Morales", "phone": "+15205550118", "plan": "Not sleeping.", "found": 1, "promise": True}
LOST = "(words that cannot be read)"


@dataclass
class House:
    """A database, and the machine with its file of envelope keys."""

    name: str
    owner_url: str
    superuser_url: str
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "seal-keys.txt"

    def env(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k != "HOLDFAST_ROLE"}
        ours = {"HOLDFAST_SEAL_KEY": "", "HOLDFAST_SEAL_KEY_FILE": str(self.file)}
        return kept | environment(self.owner_url) | ours | more

    def holdfast(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "holdfast.entry.cli", *words]
        return subprocess.run(command, env=self.env(**more), capture_output=True, text=True, check=False, timeout=300)

    def keys(self, *words: str, **more: str) -> str:
        said = self.holdfast("keys", *words, **more)
        assert said.returncode == 0, said.stderr
        return said.stdout + said.stderr

    def python(self, code: str, **more: str) -> str:
        """A process that starts now, as the web."""
        said = subprocess.run(
            [sys.executable, "-c", SETTING_UP + code],
            env=self.env(HOLDFAST_ROLE="web", **more),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert said.returncode == 0, said.stderr[-3000:]
        return said.stdout

    def reads(self, **more: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.python(WHAT_IS_READ, **more).splitlines()[-1])
        return found

    def rows(self, words: str, *args: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.superuser_url) as above:
            cursor = above.execute(words, args or None)
            return cursor.fetchall() if cursor.description else []

    def numbers(self) -> set[int]:
        """The numbers of the keys under which texts lie, in a few tables."""
        found = set()
        for table, column in (
            ("people_client", "name"),
            ("people_client", "wishes"),
            ("plans_safetyplan", "signs"),
            ("plans_planperson", "name"),
            ("people_contact", "address"),
        ):
            for (head,) in self.rows(
                f"select substring(t.{column} from 1 for 5) from {table} t join ledger_program p on p.id = t.program_id"
                f" where t.{column} is not null and p.slug = 'juniper'"
            ):
                found.add(int.from_bytes(head[1:5], "big") if head[:1] == b"\x02" else 0)
        return found


def _databases(cluster: str, name: str) -> None:
    with psycopg.connect(cluster, autocommit=True) as server:
        for each in (name, f"{name}_new", f"{name}_lost"):
            server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(each)))


@pytest.fixture
def empty(cluster: str, database: Database, tmp_path: Path) -> Iterator[House]:
    """A migrated database without a program, and a file with one envelope key."""
    name = f"keys_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    _databases(cluster, name)
    with psycopg.connect(cluster, autocommit=True) as server:
        words = sql.SQL("create database {} template {} owner {}")
        server.execute(words.format(sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(roles.OWNER)))
    owner_url = roles.prepare(cluster, name, SECRET)
    made = House(name, owner_url, cluster.rpartition("/")[0] + f"/{name}", tmp_path)
    with psycopg.connect(made.superuser_url) as above:
        above.execute("drop schema kept cascade")
    made.keys("new", str(made.file))
    yield made
    _databases(cluster, name)


@pytest.fixture
def house(empty: House) -> House:
    """With the cast, whose words are sealed with keys of their programs."""
    empty.python(CAST)
    return empty


# ---------------------------------------------------------------- the file


def test_the_file_is_its_owners_alone_and_a_newer_key_comes_first(empty: House) -> None:
    assert empty.file.stat().st_mode & 0o777 == 0o600
    (first,) = envelopes.read_file(empty.file)
    assert "holdfast keys rewrap" in empty.keys("new", str(empty.file))
    newest, oldest = envelopes.read_file(empty.file)
    assert (oldest, newest != oldest) == (first, True)
    assert empty.file.stat().st_mode & 0o777 == 0o600


def test_a_file_of_something_else_is_left_as_it_is(empty: House) -> None:
    other = empty.folder / "notes.txt"
    other.write_text("buy milk\n")
    said = empty.holdfast("keys", "new", str(other))
    assert said.returncode == 1
    assert "is not a file of keys, and was left as it is" in said.stderr
    assert other.read_text() == "buy milk\n"


def test_check_says_that_others_may_read_the_file(house: House) -> None:
    for mode, worried in ((0o640, True), (0o604, True), (0o600, False), (0o400, False)):
        house.file.chmod(mode)
        assert ("can be read by others than its owner" in house.holdfast("check").stderr) is worried


def test_a_key_that_can_be_guessed_is_said(empty: House) -> None:
    empty.file.write_text(base64.b64encode(b"a" * 32).decode() + "\n")
    assert "holds a key that can be guessed" in empty.holdfast("check").stderr


# ---------------------------------------------------------------- new keys while everything runs

GOES_ON = """
from holdfast.ledger import keys
from holdfast.ledger.models import Program
from holdfast.ledger.scope import program_scope
from holdfast.ledger.sealed import number_of
from holdfast.people.models import Client, Contact
from holdfast.plans.models import PlanPerson, SafetyPlan
from django.db import connection
keys.at_start()
stop, program = Path(sys.argv[1]), Program.objects.get(slug="juniper").id
rounds, wrote = 0, []
print("ready", flush=True)
while not stop.exists():
    with program_scope(program):
        ana = Client.objects.get()
        assert (ana.name, ana.phone) == ("Ana Morales", "+15205550118")
        assert SafetyPlan.objects.get().signs == "Not sleeping."
        assert [p.name for p in PlanPerson.objects.all()] == ["Frank"]
        assert all(c.address for c in Contact.objects.all())
        assert ana.wishes == (f"wish {rounds - 1}" if rounds else None)
        ana.wishes = f"wish {rounds}"
        ana.save(update_fields=["wishes"])
    with program_scope(program), connection.cursor() as cursor:
        cursor.execute("select wishes from people_client")
        number = number_of(bytes(cursor.fetchone()[0]))
        if number not in wrote:
            wrote.append(number)
    rounds += 1
print(json.dumps({"rounds": rounds, "wrote": wrote}))
"""


class Running:
    """A process that reads and writes all the while."""

    def __init__(self, house: House) -> None:
        self.stop = house.folder / "stop"
        self.process = subprocess.Popen(
            [sys.executable, "-c", SETTING_UP + GOES_ON, str(self.stop)],
            env=house.env(HOLDFAST_ROLE="web"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        while "ready" not in self.process.stdout.readline():
            assert self.process.poll() is None, self.process.communicate()[1]

    def ends(self) -> dict[str, Any]:
        self.stop.touch()
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err[-3000:]
        found: dict[str, Any] = json.loads(out.splitlines()[-1])
        return found


def test_a_new_key_reaches_running_processes_and_old_texts_are_sealed_again(house: House) -> None:
    assert house.numbers() == {1}
    running = Running(house)
    said = house.keys("rotate", "--program", "juniper")
    assert "key 2 is the newest" in said
    again = house.keys("rotate", "--program", "juniper")
    assert "key 3 is the newest" in again
    found = running.ends()
    assert found["rounds"] > 0
    assert found["wrote"][-1] == 3, found  # it has met the newest key, and seals with it
    house.keys("reseal")  # what was written meanwhile under an older one
    assert house.numbers() == {3}
    assert house.reads() == ALL_THERE
    listed = house.keys("list")
    assert listed.count("retired") == 2
    assert "DOES NOT OPEN" not in listed
    facts = [kind for (kind,) in house.rows("select kind from ledger_fact where kind like 'Key%%' order by id")]
    assert facts == ["KeyMade", "KeyRetired", "KeyMade", "KeyRetired"]
    assert "nothing to do" not in house.holdfast("check").stderr
    assert "may still lie under" not in house.holdfast("check").stderr


def test_a_row_that_somebody_holds_is_passed_over_and_sealed_later(house: House) -> None:
    """Nobody waits for the sweep, and the sweep waits for nobody."""
    with psycopg.connect(house.superuser_url) as somebody:
        somebody.execute("set idle_in_transaction_session_timeout = 0")  # however slow the machine
        somebody.execute("select 1 from people_client for update")
        said = house.keys("rotate", "--program", "juniper")
        assert "1 rows were held by somebody" in said
        assert house.numbers() == {1, 2}
        assert "may still lie under an older key" in house.holdfast("check").stderr
    assert "1 rows sealed again" in house.keys("reseal", "--program", "juniper")
    assert house.numbers() == {2}
    assert "0 rows sealed again" in house.keys("reseal", "--program", "juniper")


def test_a_key_whose_words_do_not_open_here_is_never_retired(house: House) -> None:
    """Or its envelope would be taken away, and they were lost."""
    house.rows("update people_client set wishes = set_byte(name, 20, get_byte(name, 20) # 1)")
    said = house.holdfast("keys", "rotate", "--program", "juniper")
    assert said.returncode == 1
    assert "1 rows do not open and stay as they are" in said.stdout
    assert "Take no envelope key away" in said.stderr
    assert "retired" not in house.keys("list")
    assert house.rows("select 1 from ledger_fact where kind = 'KeyRetired'") == []


def test_another_programs_key_stays_as_it_was(house: House) -> None:
    before = house.rows(
        "select k.* from ledger_programkey k join ledger_program p on p.id = program_id where slug like '%%other'"
    )
    house.keys("rotate", "--program", "juniper")
    after = house.rows(
        "select k.* from ledger_programkey k join ledger_program p on p.id = program_id where slug like '%%other'"
    )
    assert after == before
    assert len(before) == 2
    said = house.holdfast("keys", "rotate", "--program", "juno")
    assert said.returncode == 1
    assert "There is no program juno. Programs: juniper, juniper-other." in said.stderr


def test_a_new_envelope_key_while_a_process_runs(house: House) -> None:
    """A newer one in the file, every key wrapped anew, the old one taken out: nothing is hidden at any step."""
    running = Running(house)
    house.keys("new", str(house.file))
    assert house.reads() == ALL_THERE
    assert "2 keys wrapped anew" in house.keys("rewrap")
    newest = envelopes.read_file(house.file)[0]
    house.file.write_text(envelopes.file_text((newest,)))
    assert house.reads() == ALL_THERE
    house.keys("rotate", "--program", "juniper")  # the running process finds the newer envelope key in the file
    found = running.ends()
    assert found["wrote"][-1] == 2
    assert house.reads() == ALL_THERE
    assert "0 keys wrapped anew" in house.keys("rewrap")


# ---------------------------------------------------------------- a release without keys of programs, and this one


def test_words_of_an_older_release_open_and_get_keys_when_told(empty: House) -> None:
    (one,) = envelopes.read_file(empty.file)
    before = {"HOLDFAST_SEAL_KEY": envelopes.written(one), "HOLDFAST_SEAL_KEY_FILE": ""}
    empty.python(AS_AN_OLDER_RELEASE, **before)
    assert empty.reads(**before) == ALL_THERE
    empty.python(
        "from holdfast.ledger.models import Program; from holdfast.ledger.scope import program_scope\n"
        "from holdfast.people.models import Client\n"
        "with program_scope(Program.objects.get(slug='juniper').id):\n"
        "    ana = Client.objects.get(); ana.wishes = 'new words'; ana.save()",
        **before,
    )
    assert empty.numbers() == {0}, "the older release, which may still run, can read what this one writes"
    assert (
        "Once every process is of this release, run `holdfast keys begin`" in empty.holdfast("check", **before).stderr
    )
    digests = empty.rows("select phone_digest from people_client")
    said = empty.keys("begin", **before)
    assert "juniper has keys of its own now" in said
    assert empty.numbers() == {1}
    assert empty.reads(**before) == ALL_THERE
    assert empty.reads() == ALL_THERE, "the key may move from the environment into a file"
    assert empty.rows("select phone_digest from people_client") == digests
    assert "juniper had them already" in empty.keys("begin")
    assert "keys begin" not in empty.holdfast("check").stderr


# ---------------------------------------------------------------- lost, and found again


def test_a_process_with_its_keys_in_memory_goes_on_when_the_file_is_gone(house: House) -> None:
    running = Running(house)
    house.file.rename(house.folder / "elsewhere")
    lost = house.reads()
    assert lost == {"name": LOST, "phone": LOST, "plan": LOST, "found": 0, "promise": False}
    found = running.ends()
    assert found["rounds"] > 0
    (house.folder / "elsewhere").rename(house.file)
    assert house.reads() == ALL_THERE


def test_a_process_that_starts_without_keys_says_so_and_still_calls_somebody(house: House) -> None:
    house.file.unlink()
    said = house.holdfast("check")
    assert said.returncode == 1
    assert "There is no envelope key here, so no words can be read or kept" in said.stderr
    assert "Key 1 (text) of juniper cannot be opened" in said.stderr
    assert "Traceback" not in said.stderr
    code = """
        from holdfast.assessment import actions as assessment
        from holdfast.crisis.models import Episode
        from holdfast.ledger import keys
        from holdfast.ledger.models import Program
        from holdfast.ledger.scope import program_scope
        from holdfast.notify.models import Attempt
        from holdfast.people.models import Client
        from django.test import Client as Browser
        keys.at_start()
        program = Program.objects.get(slug="juniper").id
        with program_scope(program) as now:
            assessment.ask_for_help(Client.objects.get(), "session", now)
        with program_scope(program) as now:
            state, sends = Episode.objects.get().state, Attempt.objects.count()
        health = Browser(HTTP_HOST="localhost").get("/healthz")
        print(json.dumps([state, sends > 0, health.status_code, health.json()["promises"]["words_can_be_read"]]))
    """
    assert json.loads(house.python(textwrap.dedent(code)).splitlines()[-1]) == ["raised", True, 200, False]
    at_start = "from holdfast.entry.cli import _say_what_cannot_be_read as say; say()"
    words = [sys.executable, "-c", SETTING_UP + at_start]
    said = subprocess.run(
        words, env=house.env(HOLDFAST_ROLE="worker"), capture_output=True, text=True, check=True, timeout=60
    )
    assert "Put the file of HOLDFAST_SEAL_KEY_FILE back as it was" in said.stderr


def test_a_wrapped_key_that_was_tampered_with_says_so(house: House) -> None:
    house.rows(
        "update ledger_programkey k set wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)"
        " from ledger_program p where p.id = k.program_id and p.slug = 'juniper' and what = 'text'"
    )
    said = house.holdfast("check").stderr
    assert "Key 1 (text) of juniper cannot be opened" in said
    assert "it was changed or damaged in the database" in said
    assert house.reads()["name"] == LOST
    assert "DOES NOT OPEN HERE" in house.keys("list")
    refused = house.holdfast("keys", "rotate", "--program", "juniper")
    assert refused.returncode == 1
    assert "nothing was changed" in refused.stderr


def test_a_wrapped_key_moved_from_another_program_opens_nothing(house: House) -> None:
    house.rows(
        "update ledger_programkey k set wrapped = o.wrapped from ledger_programkey o, ledger_program p"
        " where p.id = k.program_id and p.slug = 'juniper' and o.program_id <> k.program_id and o.what = k.what"
    )
    assert house.reads() == {"name": LOST, "phone": LOST, "plan": LOST, "found": 0, "promise": False}


def test_with_the_recovered_key_a_new_machine_reads_a_plan_and_without_it_says_that_it_cannot(house: House) -> None:
    stick = house.folder / "stick.txt"
    public = archive.make_key(stick)
    recipient = {"HOLDFAST_BACKUP_RECIPIENT": public}
    kept, saved = house.folder / "keys.age", house.folder / "rows.age"
    assert "1 envelope key (" in house.keys("backup", str(kept), **recipient)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert b"AGE-SECRET" not in kept.read_bytes()
    assert envelopes.written(envelopes.read_file(house.file)[0]).encode() not in kept.read_bytes()
    made = house.holdfast("backup", str(saved), **recipient)
    assert made.returncode == 0, made.stderr
    house.file.unlink()  # the machine is gone, and its file with it

    new, lost = f"{house.name}_new", f"{house.name}_lost"
    there = house.folder / "new-machine.txt"
    words = ("restore", str(saved), "--key", str(stick), "--into")
    machine = {"HOLDFAST_SEAL_KEY_FILE": str(there)}
    refused = house.holdfast(*words, new, **machine)
    assert refused.returncode == 1
    assert "of this backup is not here, so its words cannot be read" in refused.stderr
    assert "holdfast keys recover" in refused.stderr

    house.keys("recover", str(kept), "--key", str(stick), "--to", str(there))
    assert there.stat().st_mode & 0o777 == 0o600
    restored = house.holdfast(*words, new, **machine)
    assert restored.returncode == 0, restored.stderr
    assert house.reads(DATABASE_URL=restore.database_in(house.owner_url, new), **machine) == ALL_THERE

    there.unlink()
    given_up = house.holdfast(*words, lost, "--words-lost", **machine)
    assert given_up.returncode == 0, given_up.stderr
    assert "stay sealed" in given_up.stderr
    found = house.reads(DATABASE_URL=restore.database_in(house.owner_url, lost), **machine)
    assert (found["name"], found["plan"], found["promise"]) == (LOST, LOST, False)


def test_a_backup_of_some_of_the_keys_is_never_made(house: House) -> None:
    """Of the one in the environment alone, while the file cannot be read."""
    recipient = {"HOLDFAST_BACKUP_RECIPIENT": archive.make_key(house.folder / "stick.txt")}
    here = {"HOLDFAST_SEAL_KEY": base64.b64encode(os.urandom(32)).decode()}
    house.file.rename(house.folder / "away.txt")
    kept = house.folder / "keys.age"
    said = house.holdfast("keys", "backup", str(kept), **recipient, **here)
    assert said.returncode == 1
    assert "No backup was made" in said.stderr
    assert not kept.exists()


def test_a_backup_of_keys_that_does_not_open_makes_no_file(house: House) -> None:
    stick, other = house.folder / "stick.txt", house.folder / "other.txt"
    recipient = {"HOLDFAST_BACKUP_RECIPIENT": archive.make_key(stick)}
    archive.make_key(other)
    kept, there = house.folder / "keys.age", house.folder / "there.txt"
    house.keys("backup", str(kept), **recipient)
    assert house.holdfast("keys", "backup", str(kept), **recipient).returncode == 1, "it writes over nothing"
    damaged = house.folder / "damaged.age"
    damaged.write_bytes(kept.read_bytes()[:-3])
    for file, key in ((kept, other), (damaged, stick), (stick, stick), (house.folder / "none.age", stick)):
        said = house.holdfast("keys", "recover", str(file), "--key", str(key), "--to", str(there))
        assert said.returncode == 1
        assert "Traceback" not in said.stderr
        assert not there.exists()
    taken = house.holdfast("keys", "recover", str(kept), "--key", str(stick), "--to", str(house.file))
    assert "keys are never written over" in taken.stderr
