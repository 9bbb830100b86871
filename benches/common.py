"""What the benchmarks share: a throwaway PostgreSQL, and clients that are timed to their ends."""

import contextlib
import glob
import os
import pwd
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "bench"
MIB = 1024 * 1024


@dataclass
class Run:
    """One finished client."""

    seconds: float
    processor: float
    peak: int


def say(text):
    print(text, file=sys.stderr, flush=True)


def installations():
    """Program folders with initdb and pg_dump, oldest version first."""
    patterns = ["/usr/lib/postgresql/*/bin"]
    if servers := os.environ.get("DBBACKUP_TEST_SERVERS"):
        patterns.append(f"{servers}/*/bin")
    found = []
    for folder in (Path(path) for pattern in patterns for path in glob.glob(pattern)):
        if all((folder / tool).exists() for tool in ("initdb", "postgres", "psql", "pg_dump")):
            found.append((major_version(folder), folder))
    return [folder for _, folder in sorted(found)]


def major_version(folder):
    done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    return int(re.search(r"\d+", done.stdout).group())


class Server:
    """A throwaway cluster in a folder of its own; as root it runs as an unprivileged user."""

    def __init__(self, binaries, folder, settings=None):
        self.binaries, self.folder, self.process = binaries, folder, None
        self.settings = settings or {}
        self.user = {}
        if os.geteuid() == 0:
            account = next(a for a in pwd.getpwall() if a.pw_name in ("postgres", "nobody"))
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(folder, account.pw_uid, account.pw_gid)
        os.chmod(folder, 0o755)

    def start(self):
        data = self.folder / "data"
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "-D", data)
        settings = {
            "listen_addresses": "", "unix_socket_directories": self.folder, "fsync": "off",
            "shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "1h",
            "autovacuum": "off", "log_min_messages": "warning",
        } | self.settings
        options = [f"--{name}={value}" for name, value in settings.items()]
        log = open(self.folder / "server.log", "wb")
        self.process = subprocess.Popen(
            [self.binaries / "postgres", "-D", data, *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **self.user,
        )
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit(f"the server did not start: {(self.folder / 'server.log').read_text()}")
            if (self.folder / ".s.PGSQL.5432").exists() and self._ready():
                return
            time.sleep(0.1)
        raise SystemExit("the server did not become ready")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def environment(self):
        """What tells a client where the server is: both tools read it."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        place = {"PGHOST": str(self.folder), "PGPORT": "5432", "PGUSER": "postgres"}
        home = self.folder / "home"
        own = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home, "XDG_CACHE_HOME": home}
        return inherited | place | {key: str(value) for key, value in own.items()}

    def sql(self, script, database=DATABASE):
        done = subprocess.run(
            [self.binaries / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database],
            input=script, capture_output=True, text=True, env=self.environment(), check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"psql failed: {done.stderr}")
        return done.stdout.strip()

    def _ready(self):
        command = [self.binaries / "psql", "-XqAt", "-d", "postgres", "-c", "select 1"]
        return subprocess.run(command, capture_output=True, env=self.environment(), check=False).returncode == 0

    def _run(self, tool, *arguments):
        done = subprocess.run(
            [self.binaries / tool, *arguments], capture_output=True, text=True, cwd="/", check=False, **self.user
        )
        if done.returncode != 0:
            raise SystemExit(f"{tool} failed: {done.stderr}")


class PeakWatch:
    """The most memory a process had resident.

    wait4 counts this script's own memory, as the child had it before it became the client: a smaller
    peak is taken from /proc, read until the process ends.
    """

    def __init__(self, pid):
        self.pid, self.seen = pid, 0
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.thread.start()

    def _follow(self):
        try:
            while found := re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text()):
                self.seen = max(self.seen, int(found.group(1)))
                time.sleep(0.02)
        except OSError:
            pass

    def peak(self, usage):
        self.thread.join()
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return 1024 * (usage.ru_maxrss if usage.ru_maxrss > own else self.seen)


def measure(commands, environment):
    """Runs clients at the same time to their ends; fails when one fails."""
    with tempfile.TemporaryFile() as errors:
        begun = time.monotonic()
        running = [
            subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
            )
            for command in commands
        ]
        watches = [PeakWatch(process.pid) for process in running]
        processor, peak = 0.0, 0
        for process, watch in zip(running, watches):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            processor += usage.ru_utime + usage.ru_stime
            peak += watch.peak(usage)
        seconds = time.monotonic() - begun
        for process in running:
            if process.returncode != 0:
                errors.seek(0)
                text = errors.read().decode(errors="replace")
                raise SystemExit(f"{' '.join(map(str, process.args))} ended with {process.returncode}:\n{text}")
    return Run(seconds, processor, peak)


def common_arguments(parser, rounds=3):
    parser.add_argument("--dbbackup", type=Path, default=ROOT / "target/release/dbbackup", help="the binary to time")
    parser.add_argument("--bin", type=Path, help="folder of PostgreSQL's programs")
    parser.add_argument("--folder", type=Path, help="where databases and archives go, such as another disk")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")


def programs(options):
    """The folder of PostgreSQL's programs; ends the run where something is lacking."""
    if not options.dbbackup.exists():
        raise SystemExit(f"{options.dbbackup} is not there: cargo build --release")
    binaries = options.bin or next(reversed(installations()), None)
    if binaries is None or not (binaries / "initdb").exists():
        raise SystemExit("no PostgreSQL found: name its program folder with --bin")
    return binaries


@contextlib.contextmanager
def throwaway(options, binaries, settings=None):
    """A running server and an empty folder for archives, both gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="dbb-bench-", dir=options.folder))
    server = Server(binaries, folder, settings)
    # Whoever ends the run by a signal still gets everything cleaned up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        say(f"PostgreSQL of {binaries}, dbbackup {options.dbbackup}")
        server.start()
        archives = folder / "archives"
        archives.mkdir()
        yield server, archives
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
