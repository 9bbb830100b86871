#!/usr/bin/env python3
"""Times `dbbackup backup single` against `pg_dump` on one database, in one run: custom format against
pg_dump's only worker, the directory format against as many workers of pg_dump's.

Makes a throwaway PostgreSQL with initdb, fills it with over a gigabyte, and lets both tools write the
same database with the same compression in alternating rounds, over the same socket, onto the same
disk, fsync included. Prints medians, their ratio, the clients' processor time and peak memory, and
what the server gives: the rows copied to /dev/null by psql.

    cargo build --release && python3 benches/compare.py

Needs only Python's standard library and one PostgreSQL (16 or newer for zstd) with its tools: in the
folder that --bin names, or the newest of /usr/lib/postgresql/*/bin and $DBBACKUP_TEST_SERVERS/*/bin.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from common import DATABASE, MIB, common_arguments, major_version, measure, programs, say, throwaway

# Rows at --scale 1: over 1 GiB of heap, most of it in one table.
SCHEMA = """
create table orders (
    id bigint primary key, reference uuid not null, placed_at timestamptz not null,
    status text not null, total numeric(12,2) not null, details jsonb not null, note text);
insert into orders
    select n, md5(n::text)::uuid, '2024-01-01Z'::timestamptz + n * interval '7.3 s',
        (array['new','paid','packed','shipped','returned'])[1 + n % 5], (n::bigint * 7919 % 1000000) / 100.0,
        jsonb_build_object('items', jsonb_build_array(
            jsonb_build_object('sku', 'SKU-' || n % 9973, 'quantity', 1 + n % 4, 'price', n % 500),
            jsonb_build_object('sku', 'SKU-' || n % 7919, 'quantity', 1, 'price', n % 90)),
            'channel', (array['web','app','store'])[1 + n % 3]),
        case when n % 4 <> 0 then 'customer asked for ' || md5((n * 31)::text) || ' by ' || n % 977 end
    from generate_series(1, {orders}) n;
create table readings (sensor int not null, at int not null, value real);
insert into readings select n % 1000, n, sin(n) * 100 from generate_series(1, {readings}) n;
"""
SMALL_TABLES = 20
SMALL = """
create table small_{number} (id int primary key, name text unique, price numeric);
insert into small_{number} select n, 'name ' || n, n * 1.1 from generate_series(1, 2000) n;
"""


@dataclass
class Contender:
    """A tool with one compression, and what its rounds took. Commands run at the same time."""

    codec: str
    name: str
    commands: list
    output: Path = None
    runs: list = field(default_factory=list)
    archive: int = 0

    def median(self):
        return statistics.median(run.seconds for run in self.runs)


def fill(server, scale):
    """Makes the database and returns its size in bytes."""
    begun = time.monotonic()
    server.sql(f"create database {DATABASE}", database="postgres")
    server.sql(SCHEMA.format(orders=int(2_900_000 * scale), readings=int(6_000_000 * scale)))
    for number in range(SMALL_TABLES):
        server.sql(SMALL.format(number=number))
    # Hint bits and the visibility map are written now, not in somebody's first round.
    server.sql("vacuum (freeze, analyze)")
    server.sql("checkpoint")
    say(f"database made in {time.monotonic() - begun:.0f} s")
    return int(server.sql("select sum(pg_table_size(oid)) from pg_class where relkind = 'r' and oid >= 16384"))


def copy_to_null(server, sessions):
    """psql that copies everything to /dev/null, in this many sessions that share every table."""
    tables = server.sql(
        "select relname, relpages from pg_class where relkind = 'r' and oid >= 16384 order by relpages desc"
    ).splitlines()
    scripts = [""] * sessions
    for relname, pages in (line.split("|") for line in tables):
        bounds = [int(pages) * part // sessions for part in range(sessions)] + [4294967295]
        for part in range(sessions):
            scripts[part] += (
                f"copy {relname} to stdout;\n" if sessions == 1 else
                f"copy (select * from {relname} where ctid >= '({bounds[part]},0)' "
                f"and ctid < '({bounds[part + 1]},0)') to stdout;\n"
            )
    return [[server.binaries / "psql", "-XqAt", "-d", DATABASE, "-c", script] for script in scripts]


def contenders(server, options, folder):
    """Everybody, in the order of the table; what comes first of a codec is what the others are compared with."""
    made = []
    for codec in options.compress.split(","):
        for layout in options.format.split(","):
            made += contest(server, options, folder, (layout, codec))
    for sessions in sorted({1, *options.jobs}):
        made.append(Contender("(COPY only)", f"psql x{sessions}", copy_to_null(server, sessions)))
    return made


def contest(server, options, folder, wish):
    """pg_dump and dbbackup with one layout and one compression."""
    layout, codec = wish
    name = codec if layout == "custom" else f"{layout} {codec}"
    theirs = options.jobs if layout == "directory" else [None]
    for jobs in theirs:
        archive = folder / f"pg_dump-{layout}-{codec}-{jobs}"
        command = [server.binaries / "pg_dump", f"-F{layout}", "-Z", codec, "-f", archive, DATABASE]
        command += [f"-j{jobs}"] if jobs else []
        yield Contender(name, f"pg_dump -j{jobs}" if jobs else "pg_dump", [command], archive)
    for jobs in options.jobs:
        archive = folder / f"dbbackup-{layout}-{codec}-{jobs}"
        command = [options.dbbackup, "backup", "single", DATABASE, f"-F{layout}", "-Z", codec]
        command += ["-j", str(jobs), "-o", archive]
        yield Contender(name, f"dbbackup -j{jobs}", [command], archive)


def size_of(path):
    """Bytes of a file, or of the files in a folder; then it is removed."""
    if not path.is_dir():
        size = path.stat().st_size
        path.unlink()
        return size
    size = sum(file.stat().st_size for file in path.iterdir())
    shutil.rmtree(path)
    return size


def check_archive(server, contender):
    """The archive must hold all tables' rows, or the times would not compare."""
    if " plain" in f" {contender.codec}":
        return
    command = [server.binaries / "pg_restore", "-l", contender.output]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    tables = set(re.findall(r"TABLE DATA public (\S+)", done.stdout))
    wanted = {"orders", "readings"} | {f"small_{number}" for number in range(SMALL_TABLES)}
    if tables != wanted:
        raise SystemExit(f"the archive of {contender.name} lacks {wanted - tables}")


def compare(server, options, folder):
    """Alternating rounds; the one that begins changes from round to round."""
    group = contenders(server, options, folder)
    # Whatever is not in memory yet is read before the first round.
    measure(group[-1].commands, server.environment())
    for number in range(options.rounds):
        first = number * len(group) // options.rounds
        for contender in group[first:] + group[:first]:
            os.sync()
            run = measure(contender.commands, server.environment())
            contender.runs.append(run)
            say(f"  round {number + 1}: {contender.codec} {contender.name} {run.seconds:.2f} s")
            if contender.output:
                check_archive(server, contender)
                contender.archive = size_of(contender.output)
    return group


def report(group, size):
    head = ("layout", "tool", "rounds, s", "median", "ratio", "CPU, s", "peak RSS", "archive")
    print(f"\n{size / MIB:.0f} MiB of tables, {os.cpu_count()} processors\n")
    print("{:<15} {:<13} {:<24} {:>8} {:>6} {:>7} {:>10} {:>10}".format(*head))
    for contender in group:
        first = next(other for other in group if other.codec == contender.codec)
        rounds = " ".join(f"{run.seconds:.2f}" for run in contender.runs)
        processor = statistics.median(run.processor for run in contender.runs)
        peak = max(run.peak for run in contender.runs)
        archive = f"{contender.archive / MIB:.0f} MiB" if contender.output else "-"
        print(f"{contender.codec:<15} {contender.name:<13} {rounds:<24} {contender.median():>7.2f}s "
              f"{contender.median() / first.median():>6.2f} {processor:>7.2f} {peak / MIB:>6.1f} MiB {archive:>10}")
    print("\nratio: median over that of pg_dump with the same compression, below 1 is faster.")
    print("(COPY only): the rows to /dev/null by psql, in so many sessions: what the server gives.")


def as_data(group, size):
    runs = [
        {"compression": c.codec, "tool": c.name, "archive": c.archive, "runs": [vars(run) for run in c.runs]}
        for c in group
    ]
    return {"table_bytes": size, "contenders": runs}


def jobs(text):
    return [int(number) for number in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    common_arguments(parser)
    parser.add_argument("--scale", type=float, default=1.0, help="1 makes a little over 1 GiB")
    parser.add_argument("--jobs", type=jobs, default=[2], help="dbbackup's -j: one number, or several with commas")
    parser.add_argument("--format", default="custom", help="layouts, divided by commas: custom, directory, tar, plain")
    parser.add_argument("--compress", default="zstd,none", help="compressions, divided by commas")
    return parser.parse_args()


def main():
    options = arguments()
    binaries = programs(options)
    if major_version(binaries) < 16 and re.search("zstd|lz4", options.compress):
        raise SystemExit(f"pg_dump in {binaries} knows no zstd: name PostgreSQL 16 or newer with --bin")
    with throwaway(options, binaries) as (server, archives):
        size = fill(server, options.scale)
        group = compare(server, options, archives)
    report(group, size)
    if options.json:
        options.json.write_text(json.dumps(as_data(group, size), indent=2))


if __name__ == "__main__":
    main()
