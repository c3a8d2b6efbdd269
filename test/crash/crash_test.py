#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills a real firn at many points and checks that nothing is lost, doubled or torn.

  crash_test.py FIRN KILL_AT sweep [--points N] [--seed S]
      ingest and run are killed (SIGKILL) before their n-th operation that changes what is stored, for N values
      of n spread over all of them. After each: the tables that are there can be read, a rerun ends in the same
      rows as a run that nobody killed, and `firn doctor --verify` is content. PyIceberg reads every table before
      and after that (where test/interop has installed it; a line says so where not).
  crash_test.py FIRN KILL_AT forget [--points N] [--seed S]
      `firn forget` is killed likewise; the same call again ends in the same rows as one that nobody killed.
  crash_test.py FIRN KILL_AT migrate [--points N] [--seed S]
      `firn schema migrate` is killed likewise, and so is an ingest that writes both tables before the cut-over.
  crash_test.py FIRN KILL_AT race [--rounds N] [--seed S]
      two `firn ingest` of the same files at once on one lake, either or both killed at a random moment; then
      one that is left alone. The rows are those of a single ingest.

The histories are those under examples/, with a long CSV file; half of each file is there for the first ingest, the rest for
the second.
Ends with 0 when all held, 1 when not (the lake is then kept and named), 77 where the sandbox forbids tracing.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

KILLED, NOT_POSSIBLE, SKIPPED = 137, 125, 77
EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "examples" / "histories"
# Columns that say when or by which run a row was made, not what it says.
VOLATILE = {"ingestion_timestamp", "created_at", "updated_at", "recorded_at", "run_id", "commit_time",
            "rejected_at", "batch_id", "observed_at", "first_ingested", "last_ingested"}
# What was changed just now is recorded otherwise than what is old.
LONG_AGO = 1_762_000_000
# The log of positions has a row per commit; how many commits there were is not its meaning.
LOGS = {"bronze.source_files"}


class Failed(Exception):
    pass


class PyIceberg:
    """Another implementation that reads the lake; it starts once and answers many times."""

    def __init__(self):
        here = pathlib.Path(__file__).resolve().parent
        python = subprocess.run([here.parent / "interop" / "run", "--python"], capture_output=True, text=True)
        self.process = None
        if python.stdout.strip():
            self.process = subprocess.Popen([python.stdout.strip(), here / "pyiceberg_reader.py"], text=True,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        else:
            print("crash: PyIceberg is not installed here ('make interop' does that): it reads nothing", flush=True)

    def count_rows(self, folder):
        """Rows by table; None where there is no PyIceberg."""
        if self.process is None:
            return None
        self.process.stdin.write(f"{folder}\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise Failed(f"PyIceberg cannot read the lake: {answer['error']}")
        return answer["rows"]


class World:
    """A folder with histories and one lake. The lake is always at the same place: its metadata holds full paths."""

    def __init__(self, firn, kill_at, folder):
        self.firn, self.kill_at, self.folder = firn, kill_at, pathlib.Path(folder)
        self.lake = self.folder / "lake"
        self.sources = self.folder / "histories"
        self.count_file = self.folder / "count"
        self.pyiceberg = PyIceberg()

    def command(self, *words):
        return [self.firn, "--lake", str(self.lake), *words]

    def environment(self):
        return dict(os.environ, HOME=str(self.folder / "home"), TZ="UTC")

    def run(self, *words):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, env=self.environment())
        if done.returncode != 0:
            raise Failed(f"firn {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def run_killed(self, n, *words):
        """Runs a verb and kills it before operation n (0: never); returns exit code and operations."""
        tracer = [self.kill_at, "--count", str(self.count_file), str(n)]
        done = subprocess.run(tracer + self.command(*words), capture_output=True, text=True, env=self.environment())
        if done.returncode == NOT_POSSIBLE:
            print("crash: this sandbox does not allow tracing, nothing was tested", file=sys.stderr)
            sys.exit(SKIPPED)
        if done.returncode not in (0, KILLED):
            raise Failed(f"firn {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
        return done.returncode, int(self.count_file.read_text())

    def save(self, to):
        if self.lake.exists():
            shutil.copytree(self.lake, to, symlinks=True)

    def restore(self, base):
        shutil.rmtree(self.lake, ignore_errors=True)
        if base.exists():
            shutil.copytree(base, self.lake, symlinks=True)

    def show_part(self, part):
        """Puts the histories in place: part 1 is the first half of every JSONL file, part 2 all of it."""
        shutil.rmtree(self.sources, ignore_errors=True)
        shutil.copytree(EXAMPLES, self.sources)
        # Long enough for several threads to read it in blocks.
        words = [f"{row},\"word {row}\n{'x' * 4000}\"\n" for row in range(1200 * part)]
        (self.sources / "words.csv").write_text("id,text\n" + "".join(words))
        for file in [*self.sources.rglob("*.json*"), self.sources / "words.csv"]:
            if part == 1 and file.suffix == ".jsonl":
                lines = file.read_bytes().splitlines(keepends=True)
                file.write_bytes(b"".join(lines[:max(1, len(lines) // 2)]))
            written = LONG_AGO + part
            os.utime(file, (written, written))

    def verbs(self):
        """The verbs of one whole job, in order."""
        return [("ingest", "claude_code", str(self.sources / "claude_code")),
                ("ingest", "chatgpt", str(self.sources / "chatgpt")),
                ("ingest", "csv", str(self.sources / "words.csv"), "--into", "demo.words", "--create"), ("run",)]

    def tables(self):
        listed = json.loads(self.run("table", "list", "--json"))["data"]
        return sorted(row["table"] for row in listed if row["kind"] == "table")

    def contents(self):
        """The rows of every table, read by one query."""
        tables = self.tables()
        query = " UNION ALL ".join(f"SELECT '{table}' AS name, to_json(t)::VARCHAR AS row FROM {table} AS t"
                                   for table in tables)
        rows = {table: [] for table in tables}
        for line in self.run("sql", query, "--format", "jsonl").splitlines():
            found = json.loads(line)
            row = json.loads(found["row"])
            rows[found["name"]].append({k: v for k, v in row.items() if k not in VOLATILE})
        for table in LOGS & set(rows):
            rows[table] = newest_positions(rows[table])
        return {table: collections.Counter(json.dumps(row, sort_keys=True) for row in kept)
                for table, kept in rows.items()}

    def check(self, expected):
        found = self.contents()
        self.check_pyiceberg(found)
        for table in sorted(set(expected) | set(found)):
            want, have = expected.get(table), found.get(table)
            if want is None or have is None:
                raise Failed(f"table {table} is in one of the lakes only")
            if want != have:
                raise Failed(describe_difference(table, want, have))
        self.run("doctor", "--verify")

    def check_readable(self):
        """Whatever a kill left, every table that is there can be read."""
        if (self.lake / "firn.toml").exists() and self.tables():
            self.check_pyiceberg(self.contents())

    def check_pyiceberg(self, contents):
        """PyIceberg sees the same tables with as many rows (the log of positions is condensed in `contents`)."""
        found = self.pyiceberg.count_rows(self.lake)
        wanted = {table: sum(rows.values()) for table, rows in contents.items()}
        for table in set(found or {}) | set(wanted):
            if found is not None and table not in LOGS and found.get(table) != wanted.get(table):
                raise Failed(f"{table}: PyIceberg sees {found.get(table)} rows, firn {wanted.get(table)}")


def newest_positions(rows):
    """Of each file and generation the row that got farthest."""
    best = {}
    for row in rows:
        key = (row.get("source_id"), row.get("machine"), row.get("path"), row.get("generation"))
        if key not in best or (row.get("offset") or 0) > (best[key].get("offset") or 0):
            best[key] = row
    return list(best.values())


def describe_difference(table, want, have):
    missing, surplus = want - have, have - want
    text = f"{table}: {sum(missing.values())} rows missing, {sum(surplus.values())} too many"
    for name, rows in (("missing", missing), ("too many", surplus)):
        for row in list(rows)[:2]:
            text += f"\n  {name}: {row[:600]}"
    return text


def choose(total, points, generator):
    """All of 1..total if they are few, else the first, the last and a random choice between."""
    if total <= points:
        return list(range(1, total + 1))
    return sorted({1, total, *generator.sample(range(2, total), max(0, points - 2))})


def sweep_verb(world, base, verb, rest, expected, points, generator):
    """Kills `verb` at several points, each time on the lake as `base` has it; `rest` are the verbs after it."""
    world.restore(base)
    _, total = world.run_killed(0, *verb)
    killed = 0
    for n in choose(total, points, generator):
        world.restore(base)
        try:
            code, _ = world.run_killed(n, *verb)
            killed += code == KILLED
            world.check_readable()
            for again in (verb, *rest):
                world.run(*again)
            world.check(expected)
        except Failed as failure:
            raise Failed(f"firn {verb[0]} killed before operation {n} of {total}: {failure}") from failure
    print(f"crash: {verb[0]}: {total} operations, killed before {killed} of them, all recovered", flush=True)


def sweep_verbs(world, name, verbs, points, generator):
    """Runs all verbs, then kills each of them on the lake as those before it left it."""
    bases = []
    for number, verb in enumerate(verbs):
        bases.append(world.folder / f"base-{name}-{number}")
        world.save(bases[-1])
        world.run(*verb)
    expected = world.contents()
    end = world.folder / f"after-{name}"
    world.save(end)
    for number, verb in enumerate(verbs):
        sweep_verb(world, bases[number], verb, verbs[number + 1:], expected, points, generator)
    world.restore(end)


def sweep(world, points, generator):
    for part in (1, 2):
        world.show_part(part)
        sweep_verbs(world, part, world.verbs(), points, generator)


def migrate(world, points, generator):
    """A table gets a schema that breaks it, with a time in which both are written."""
    world.sources.mkdir()
    into = ("--into", "demo.words")
    for file, begin in (("words.csv", 0), ("more.csv", 300)):
        rows = "".join(f"{row},word {row}\n" for row in range(begin, begin + 300))
        (world.sources / file).write_text("id,text\n" + rows)
        os.utime(world.sources / file, (LONG_AGO, LONG_AGO))
    world.run("ingest", "csv", str(world.sources / "words.csv"), *into, "--create")
    world.run("schema", "bump", "demo.words")
    schemas = world.lake / "schemas" / "demo" / "words"
    schema = json.loads((schemas / "v1.0.0.json").read_text())
    schema["version"] = "2.0.0"
    schema["properties"]["id"] = {"type": "integer", "minimum": 100, "maximum": 499, "x-iceberg-type": "int"}
    (schemas / "v2.0.0.json").write_text(json.dumps(schema))
    verb = ("schema", "migrate", "demo.words")
    verbs = [(*verb, "--no-cut-over"), ("ingest", "csv", str(world.sources / "more.csv"), *into), verb]
    sweep_verbs(world, "migrate", verbs, points, generator)
    counts = {table: sum(rows.values()) for table, rows in world.contents().items() if table not in LOGS}
    if counts != {"demo.words": 400, "demo.words_before_2_0_0": 600, "demo.words_rejected": 200}:
        raise Failed(f"rows after the migration: {counts}")


def forget(world, points, generator):
    """Conversations are forgotten with a kill in between: the same call again ends as if there had been none."""
    world.show_part(2)
    for verb in world.verbs():
        world.run(*verb)
    base = world.folder / "base"
    world.save(base)
    for platform in ("chatgpt", "claude_code"):
        world.restore(base)
        found = world.run("sql", f"SELECT min(conversation_id) AS id FROM silver.conversations WHERE platform = '{platform}'")
        verb = ("forget", json.loads(found)["id"])
        world.run(*verb)
        expected = world.contents()
        if any(verb[1] in row for rows in expected.values() for row in rows):
            raise Failed(f"{verb[1]} was not forgotten")
        sweep_verb(world, base, verb, (), expected, points, generator)


def race(world, rounds, generator):
    verb = world.verbs()[0]
    starts = [world.folder / "nothing", world.folder / "base"]
    world.show_part(1)
    world.run(*verb)
    world.save(starts[1])
    world.show_part(2)
    expected = []  # How rows are cut depends on what was there before.
    for start in starts:
        world.restore(start)
        began = time.monotonic()
        world.run(*verb)
        one_takes = time.monotonic() - began
        expected.append(world.contents())
    outcomes = collections.Counter()
    for number in range(rounds):
        world.restore(starts[number % 2])
        outcomes.update(race_once(world, verb, 1.5 * one_takes, generator))
        world.check_readable()
        world.run(*verb)
        world.check(expected[number % 2])
    print(f"crash: {rounds} races of two: exit codes {dict(outcomes)}, nothing lost or doubled", flush=True)


def race_once(world, verb, within, generator):
    """Two at once; each may be killed at a random moment of the time such an ingest takes."""
    running = [subprocess.Popen(world.command(*verb), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                env=world.environment()) for _ in range(2)]
    deadlines = sorted((generator.uniform(0.0, within), number) for number in range(2) if generator.random() < 0.7)
    began = time.monotonic()
    for deadline, number in deadlines:
        time.sleep(max(0.0, deadline - (time.monotonic() - began)))
        running[number].send_signal(signal.SIGKILL)
    codes = []
    for process in running:
        _, errors = process.communicate()
        codes.append(process.returncode)
        if process.returncode not in (0, -signal.SIGKILL):
            raise Failed(f"ingest beside another ended with {process.returncode}: {errors.strip()[-2000:]}")
    return codes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("firn")
    parser.add_argument("kill_at")
    parser.add_argument("what", choices=["sweep", "race", "forget", "migrate"])
    parser.add_argument("--points", type=int, default=25, help="kills per verb")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = parser.parse_args()
    print(f"crash: seed {arguments.seed}", flush=True)
    generator = random.Random(arguments.seed)
    world = World(arguments.firn, arguments.kill_at, tempfile.mkdtemp(prefix="firn-crash-"))
    try:
        if arguments.what == "sweep":
            sweep(world, arguments.points, generator)
        elif arguments.what == "forget":
            forget(world, arguments.points, generator)
        elif arguments.what == "migrate":
            migrate(world, arguments.points, generator)
        else:
            race(world, arguments.rounds, generator)
    except Failed as failure:
        print(f"crash: {failure}\nthe lake is kept: {world.lake}", file=sys.stderr)
        return 1
    shutil.rmtree(world.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
