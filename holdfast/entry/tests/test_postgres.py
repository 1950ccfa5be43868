"""The embedded cluster: made, found again, and whole after a kill -9."""

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from holdfast.entry import postgres


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "postgres"
    yield place
    postgres.remove(place)


def setting(cluster: postgres.Cluster, name: str) -> str:
    with psycopg.connect(cluster.superuser_url) as connection:
        row = connection.execute("select current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def test_a_cluster_starts_durable_and_keeps_the_house_settings(folder: Path) -> None:
    cluster = postgres.start(folder)
    wanted = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "track_commit_timestamp": "on",
        "idle_in_transaction_session_timeout": "15s",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "server_encoding": "UTF8",
        "password_encryption": "scram-sha-256",
    }
    assert {name: setting(cluster, name) for name in wanted} == wanted


def test_what_was_written_is_there_at_the_second_start(folder: Path) -> None:
    cluster = postgres.start(folder)
    with psycopg.connect(cluster.superuser_url) as connection:
        connection.execute("create table kept as select 42 as n")
    cluster.stop()
    assert cluster.pid is None
    again = postgres.start(folder)
    assert again.port == cluster.port
    with psycopg.connect(again.superuser_url) as connection:
        assert connection.execute("select n from kept").fetchone() == (42,)


def test_a_killed_cluster_starts_again_on_its_port_with_what_was_committed(folder: Path) -> None:
    cluster = postgres.start(folder)
    held = psycopg.connect(cluster.superuser_url, autocommit=True)
    held.execute("create table kept as select 42 as n")
    assert cluster.pid is not None
    os.kill(cluster.pid, signal.SIGKILL)
    again = postgres.start(folder, port=cluster.port)
    held.close()
    assert again.superuser_url == cluster.superuser_url
    with psycopg.connect(again.superuser_url) as connection:
        assert connection.execute("select n from kept").fetchone() == (42,)


def test_a_stale_pid_file_that_names_a_stranger_is_no_hindrance(folder: Path) -> None:
    """After a kill -9 and a restart of the machine the number may belong to any program."""
    cluster = postgres.start(folder)
    pid_file = cluster.home / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    owner = pid_file.stat()
    cluster.stop()
    pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    os.chown(pid_file, owner.st_uid, owner.st_gid)
    assert cluster.pid is None
    assert postgres.start(folder).pid is not None


def test_a_running_cluster_is_taken_as_it_is(folder: Path) -> None:
    first = postgres.start(folder)
    second = postgres.start(folder)
    assert (second.pid, second.superuser_url) == (first.pid, first.superuser_url)


def test_without_the_password_nobody_comes_in(folder: Path) -> None:
    cluster = postgres.start(folder)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(cluster.url("postgres", "postgres", "wrong"))


def test_data_and_password_are_closed_to_others(folder: Path) -> None:
    cluster = postgres.start(folder)
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((cluster.home / "cluster").stat().st_mode) == 0o700
    assert not list(cluster.home.rglob("word"))


def test_the_password_is_no_part_of_any_command_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    run = postgres._Account.run

    def listening(account, words, **more):
        said.extend(words)
        return run(account, words, **more)

    monkeypatch.setattr(postgres._Account, "run", listening)
    postgres.start(folder)
    password = (folder / "password").read_text()
    assert said
    assert not [word for word in said if password in word]


def test_a_cut_short_beginning_is_begun_again(folder: Path) -> None:
    (folder / "new-left" / "cluster").mkdir(parents=True)
    (folder / "new-left" / "cluster" / "PG_VERSION").write_text("18\n")
    cluster = postgres.start(folder)
    assert cluster.pid is not None
    assert not list(cluster.home.glob("new-*"))


def test_a_folder_that_anyone_may_rename_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(postgres.PostgresTrouble, match="HOLDFAST_DATA"):
        postgres.start(tmp_path / "postgres")


def test_a_cluster_of_a_version_not_installed_is_refused_in_words(folder: Path) -> None:
    cluster = postgres.start(folder)
    cluster.stop()
    (cluster.home / "cluster" / "PG_VERSION").write_text("9\n")
    with pytest.raises(postgres.PostgresTrouble, match="made by PostgreSQL 9"):
        postgres.start(folder)
    (cluster.home / "cluster" / "PG_VERSION").write_text(f"{cluster.programs.major}\n")


def test_a_taken_port_is_gone_round(folder: Path, tmp_path: Path) -> None:
    first = postgres.start(folder)
    other = tmp_path / "other"
    try:
        assert postgres.start(other, port=first.port).port != first.port
    finally:
        postgres.remove(other)


def test_the_log_holds_no_words_of_a_failing_statement(folder: Path) -> None:
    """Rows and statements may hold what a client wrote (hazard: words in logs)."""
    cluster = postgres.start(folder)
    with psycopg.connect(cluster.superuser_url, autocommit=True) as connection:
        connection.execute("create table said (words text check (length(words) < 3))")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("insert into said values (%s)", ["a private sentence"])
    log = (cluster.home / "log").read_text()
    assert "violates check constraint" in log
    assert "private" not in log


def test_the_watcher_stops_the_cluster_when_its_maker_is_gone(folder: Path) -> None:
    cluster = postgres.start(folder)
    watcher = cluster.stop_with_me()
    assert watcher.stdin is not None
    watcher.stdin.close()  # what the system does when we die
    assert watcher.wait(timeout=30) == 0
    assert cluster.pid is None


@pytest.mark.parametrize("durable", [True, False])
def test_only_unit_tests_do_without_the_disk(folder: Path, durable: bool) -> None:
    cluster = postgres.start(folder) if durable else postgres.start_for_tests(folder)
    assert setting(cluster, "fsync") == ("on" if durable else "off")


@pytest.mark.usefixtures("folder")
def test_programs_under_a_closed_folder_are_copied_where_nobody_can_run_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy must find its libraries: the wheel's folder and its `.libs` keep their places."""
    monkeypatch.setattr(postgres, "ROOTS_PLACE", tmp_path / "holdfast")
    asked: list[Path] = []

    def closed_at_first(_account: postgres._Account, path: Path) -> bool:
        asked.append(path)
        return (tmp_path / "holdfast") in path.parents

    monkeypatch.setattr(postgres._Account, "reaches", closed_at_first)
    found = postgres.programs(postgres._Account(None, None))
    assert (tmp_path / "holdfast") in found.bin.parents
    for name in ("postgres", "initdb", "pg_ctl"):
        assert postgres._Account(None, None).run([found[name], "--version"]).returncode == 0
