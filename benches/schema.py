#!/usr/bin/env python3
"""Times `dbbackup backup single --schema-only` against `pg_dump --schema-only` on many tables, in one run.

Makes a throwaway PostgreSQL with initdb and a schema of 20,000 tables as applications have them: keys
that count by themselves, indexes, foreign keys, defaults, checks, comments and grants. Both tools
write it in alternating rounds, over the same socket, onto the same disk, fsync included. Prints
medians, their ratio, the clients' processor time and peak memory, and the limit: how long the server
works on the statements of each tool, by pg_stat_statements in a round of its own.

    cargo build --release && python3 benches/schema.py

Needs only Python's standard library and one PostgreSQL with its tools: in the folder that --bin names,
or the newest of /usr/lib/postgresql/*/bin and $DBBACKUP_TEST_SERVERS/*/bin.
"""

import argparse
import json
import os
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from common import DATABASE, MIB, common_arguments, measure, programs, say, throwaway

# In steps with a commit each, so that a restart of the numbers needs no more locks than a dump.
TABLES = """
create role reader;
create or replace procedure make(first int, last int) language plpgsql as $$
declare
    place text; above text;
begin
    for n in first..last loop
        place := format('app_%s.table_%s', n % 20, n);
        above := format('app_%s.table_%s', n / 10 % 20, n / 10);
        execute format('create table %s (id %s primary key, parent bigint %s, name text not null,
            status varchar(20) default ''new'' not null, created_at timestamptz default now() not null,
            amount numeric(12,2) default 0 %s, details jsonb, note text)', place,
            case when n % 2 = 0 then 'bigint generated always as identity' else 'bigserial' end,
            case when n >= 10 then 'references ' || above end,
            case when n % 4 = 0 then 'check (amount >= 0)' end);
        execute format('create index on %s (parent)', place);
        if n % 2 = 0 then
            execute format('create index on %s (status, created_at desc) where status <> ''done''', place);
        end if;
        if n % 5 = 0 then
            execute format('create unique index on %s (lower(name))', place);
        end if;
        if n % 3 = 0 then
            execute format('comment on table %s is ''what the application keeps in %s''', place, place);
            execute format('comment on column %s.status is ''new, paid or done''', place);
        end if;
        if n % 4 = 0 then
            execute format('grant select, insert on %s to reader', place);
        end if;
        if n % 50 = 0 then
            execute format('create view %s_open as select id, name from %s where status <> ''done''', place, place);
        end if;
        if n % 200 = 0 then
            commit;
        end if;
    end loop;
end $$;
"""


@dataclass
class Contender:
    """A tool with one layout, and what its rounds took."""

    layout: str
    name: str
    command: list
    output: Path
    runs: list = field(default_factory=list)
    archive: int = 0
    # Milliseconds of the server's work by statement.
    server: dict = field(default_factory=dict)

    def median(self):
        return statistics.median(run.seconds for run in self.runs)


def fill(server, tables):
    begun = time.monotonic()
    server.sql(f"create database {DATABASE}", database="postgres")
    server.sql(TABLES)
    server.sql("".join(f"create schema app_{number};\n" for number in range(20)))
    server.sql(f"call make(0, {tables - 1})")
    server.sql("drop procedure make")
    if can_watch(server.binaries):
        server.sql("create schema watch; create extension pg_stat_statements schema watch")
    # Hint bits are written and the catalog is analysed now, not in somebody's first round.
    server.sql("vacuum (freeze, analyze)")
    server.sql("checkpoint")
    say(f"{tables} tables made in {time.monotonic() - begun:.0f} s")


def can_watch(binaries):
    """Whether this installation has pg_stat_statements."""
    found = subprocess.run([binaries / "pg_config", "--pkglibdir"], capture_output=True, text=True, check=False)
    folders = [Path(found.stdout.strip())] if found.returncode == 0 else []
    folders.append(binaries.resolve().parent / "lib")
    return any((folder / "pg_stat_statements.so").exists() for folder in folders)


def contenders(server, options, folder):
    """Both tools with each layout; what comes first is what the other is compared with."""
    for layout in options.format.split(","):
        output = folder / f"pg_dump-{layout}"
        command = [server.binaries / "pg_dump", "--schema-only", f"-F{layout}", "-f", output, DATABASE]
        yield Contender(layout, "pg_dump", command, output)
        for jobs in options.jobs.split(","):
            output = folder / f"dbbackup-{layout}-{jobs}"
            command = [options.dbbackup, "backup", "single", DATABASE, "--schema-only", f"-F{layout}"]
            yield Contender(layout, f"dbbackup -j{jobs}", [*command, "-j", jobs, "-o", output], output)


def check(server, contender, tables):
    """What was written must have all tables, or the times would not compare."""
    if contender.layout == "plain":
        found = contender.output.read_text().count("\nCREATE TABLE ")
    else:
        command = [server.binaries / "pg_restore", "-l", contender.output]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = done.stdout.count(" TABLE app_")
    if found != tables:
        raise SystemExit(f"{contender.name} wrote {found} tables of {tables}")


def run_one(server, contender, tables, environment):
    os.sync()
    run = measure([contender.command], environment)
    check(server, contender, tables)
    contender.archive = contender.output.stat().st_size
    contender.output.unlink()
    return run


def compare(server, options, folder):
    """Alternating rounds; the one that begins changes from round to round."""
    group = list(contenders(server, options, folder))
    environment = server.environment()
    # What is not in memory yet is read before the first round.
    run_one(server, group[0], options.tables, environment)
    for number in range(options.rounds):
        first = number * len(group) // options.rounds
        for contender in group[first:] + group[:first]:
            run = run_one(server, contender, options.tables, environment)
            contender.runs.append(run)
            say(f"  round {number + 1}: {contender.layout} {contender.name} {run.seconds:.2f} s")
    if can_watch(server.binaries):
        for contender in group:
            watch(server, contender, options.tables)
    return group


def watch(server, contender, tables):
    """One more round, of which the server tells how long it worked on which statement."""
    server.sql("select watch.pg_stat_statements_reset()")
    run_one(server, contender, tables, server.environment() | {"PGOPTIONS": "-c pg_stat_statements.track=top"})
    rows = server.sql(
        "select json_object_agg(q, ms) from (select left(regexp_replace(query, '\\s+', ' ', 'g'), 160) as q,"
        " round(sum(total_exec_time)::numeric, 1) as ms from watch.pg_stat_statements"
        " group by 1 order by 2 desc) s"
    )
    contender.server = json.loads(rows)


def report(group, options):
    head = ("layout", "tool", "rounds, s", "median", "ratio", "CPU, s", "peak RSS", "server, s", "archive")
    print(f"\n{options.tables} tables, {os.cpu_count()} processors\n")
    print("{:<9} {:<13} {:<26} {:>8} {:>6} {:>7} {:>11} {:>9} {:>10}".format(*head))
    for contender in group:
        first = next(other for other in group if other.layout == contender.layout)
        rounds = " ".join(f"{run.seconds:.2f}" for run in contender.runs)
        processor = statistics.median(run.processor for run in contender.runs)
        peak = max(run.peak for run in contender.runs)
        works = f"{sum(contender.server.values()) / 1000:.2f}" if contender.server else "-"
        print(f"{contender.layout:<9} {contender.name:<13} {rounds:<26} {contender.median():>7.2f}s "
              f"{contender.median() / first.median():>6.2f} {processor:>7.2f} {peak / MIB:>7.1f} MiB {works:>9} "
              f"{contender.archive / MIB:>6.1f} MiB")
    print("\nratio: median over that of pg_dump with the same layout, below 1 is faster.")
    print("server: its work on the statements of one more round, of all sessions together: the limit for one of them.")
    for contender in group if options.statements else []:
        print(f"\n{contender.layout} {contender.name}: milliseconds of the server by statement")
        for text, spent in sorted(contender.server.items(), key=lambda item: -item[1])[: options.statements]:
            print(f"{spent:>9.1f}  {text}")


def as_data(group, options):
    runs = [
        {"layout": c.layout, "tool": c.name, "archive": c.archive, "server_ms": c.server,
         "runs": [vars(run) for run in c.runs]}
        for c in group
    ]
    return {"tables": options.tables, "contenders": runs}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    common_arguments(parser)
    parser.add_argument("--tables", type=int, default=20_000)
    parser.add_argument("--jobs", default="2", help="dbbackup's -j: one number, or several with commas")
    parser.add_argument("--format", default="custom", help="layouts, divided by commas: custom, plain, tar")
    parser.add_argument("--statements", type=int, default=0, help="show so many of the longest statements")
    return parser.parse_args()


def main():
    options = arguments()
    binaries = programs(options)
    settings = {"max_locks_per_transaction": str(max(64, options.tables // 25))}
    if can_watch(binaries):
        settings |= {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track": "none"}
    with throwaway(options, binaries, settings) as (server, archives):
        fill(server, options.tables)
        group = compare(server, options, archives)
    report(group, options)
    if options.json:
        options.json.write_text(json.dumps(as_data(group, options), indent=2))


if __name__ == "__main__":
    main()
