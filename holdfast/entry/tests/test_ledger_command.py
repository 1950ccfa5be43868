"""`holdfast ledger verify`: what it says, and with what it ends."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from holdfast.entry.tests.database import Database
from holdfast.ledger.tests.chain import Chain, fill, forging, guarded, new_chain


@pytest.fixture(scope="module")
def chain(database: Database) -> Iterator[Chain]:
    made = new_chain(database)
    fill(made, rounds=2)
    yield made
    guarded(made)
    with psycopg.connect(database.superuser_url, autocommit=True) as broom:
        broom.execute("select kept.clean()")


def holdfast(chain: Chain, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "holdfast.entry.cli", "ledger", "verify", *words]
    return subprocess.run(
        command, env=chain.database.environment(**env), capture_output=True, text=True, check=False, timeout=120
    )


def test_what_holds_ends_with_0_with_and_without_an_anchor(chain: Chain, tmp_path: Path) -> None:
    said = holdfast(chain)
    assert (said.returncode, said.stderr) == (0, "")
    assert ": 14 seals" in said.stdout
    (tmp_path / "head.json").write_text(chain.head().line())
    for where in (tmp_path, tmp_path / "head.json"):
        found = holdfast(chain, "--anchor", str(where), "--json")
        told = json.loads(found.stdout)
        assert (found.returncode, told["holds"]) == (0, True)
        (program,) = (each for each in told["programs"] if each["program"] == str(chain.uid))
        assert (program["sealed"], program["anchors"], program["first"]) == (14, 1, None)
        assert program["head"] == chain.head().hash


def test_what_does_not_hold_ends_with_1_and_names_the_place(chain: Chain, tmp_path: Path) -> None:
    (what, row) = chain.sealed()[2]
    assert what == "fact"
    with chain.as_("web") as web:
        (kind,) = web.execute("select kind from ledger_fact where id = %s", [row]).fetchone()
    for written, status in (("Forged", 1), (kind, 0)):
        with forging(chain) as owner:
            owner.execute("update ledger_fact set kind = %s where id = %s", [written, row])
            owner.commit()
        guarded(chain)
        said = holdfast(chain, "--json")
        assert said.returncode == status, said.stderr
        if status:
            (first,) = (each["first"] for each in json.loads(said.stdout)["programs"] if not each["holds"])
            assert (first["kind"], first["seal"], first["what"], first["row"]) == ("changed", 3, "fact", row)
            plain = holdfast(chain)
            assert "DOES NOT HOLD  juniper" in plain.stdout or "DOES NOT HOLD  chain-" in plain.stdout
            assert f"Seal 3: fact {row} is not what was sealed" in plain.stdout


def test_a_program_that_only_an_anchor_knows_is_said(chain: Chain, tmp_path: Path) -> None:
    head = chain.head()
    line = head.line().replace(str(head.program), "00000000-0000-7000-8000-000000000000")
    (tmp_path / "mail.txt").write_text(f"Dear Dia,\n\n{line}\n")
    said = holdfast(chain, "--anchor", str(tmp_path / "mail.txt"))
    assert said.returncode == 1
    assert "no such program is here any more" in said.stdout


def test_what_could_not_be_checked_ends_with_2(chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("nothing here")
    (tmp_path / "cut").write_text(chain.head().line()[:-20])
    away = {"DATABASE_URL": "postgresql://holdfast_owner:x@127.0.0.1:9/holdfast"}
    for words, env, sentence in (
        (("--anchor", str(tmp_path / "empty")), {}, "holds no head of a ledger"),
        (("--anchor", str(tmp_path / "cut")), {}, "cannot be read"),
        (("--anchor", str(tmp_path / "none")), {}, "cannot be read"),
        ((), away, "The database does not answer"),
    ):
        said = holdfast(chain, *words, **env)
        assert (said.returncode, said.stdout) == (2, "")
        assert sentence in said.stderr
        assert "Traceback" not in said.stderr
    told = json.loads(holdfast(chain, "--json", **away).stdout)
    assert told["holds"] is None
