#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets a real `firn up --watch` follow files that are made, appended to, renamed and deleted.

  watch_test.py FIRN follow    every way in which a file can change; the number of commits; a second watcher; SIGTERM
  watch_test.py FIRN kill      SIGKILL at random moments while files grow: a later run ends in the same rows

Waits for what must happen, not for times. Ends with 0 when all held.
"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

PATIENCE = 120  # Seconds for what takes one or two on a machine at rest.


def record(session, number):
    return json.dumps({
        "parentUuid": None, "isSidechain": False, "cwd": "/home/ada/engine", "sessionId": session, "type": "user",
        "message": {"role": "user", "content": f"word {number} of {session}"},
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{session}/{number}")), "timestamp": f"2025-11-05T10:{number // 60:02}:{number % 60:02}.000Z"}) + "\n"


class World:
    def __init__(self, firn, folder):
        self.firn, self.folder = firn, pathlib.Path(folder)
        self.histories = self.folder / "home" / ".claude" / "projects" / "engine"
        self.histories.mkdir(parents=True)
        self.environment = dict(os.environ, HOME=str(self.folder / "home"), FIRN_LAKE=str(self.folder / "lake"), TZ="UTC")
        self.counts = {}  # Of records, by session.

    def session(self, number):
        return str(uuid.UUID(int=number + 1))

    def path(self, session, below="."):
        return self.histories / below / f"{session}.jsonl"

    def write(self, session, records, path=None):
        path = path or self.path(session)
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8") as file:
            for _ in range(records):
                file.write(record(session, self.counts.get(session, 0)))
                self.counts[session] = self.counts.get(session, 0) + 1

    def run(self, *words):
        return subprocess.run([self.firn, *words], env=self.environment, capture_output=True, text=True)

    def count(self, what):
        done = self.run("sql", f"SELECT {what} AS n")
        return int(json.loads(done.stdout)["n"]) if done.returncode == 0 else -1

    def messages(self):
        return self.count("(SELECT count(*) FROM silver.messages)")

    def expected(self):
        return sum(self.counts.values())

    def watch(self, *options):
        return Watcher([self.firn, "up", "--watch", str(self.folder / "home" / ".claude"), "--models-every", "300ms", *options],
                       self.environment)


class Watcher:
    """A running one, and the steps that it told."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.steps = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            if line.endswith("\n"):  # The last one of a process that was killed may not.
                self.steps.append(json.loads(line))

    def rows(self):
        return sum(step["rows"] for step in list(self.steps) if step["step"] == "ingest")

    def commits(self):
        return sum(step["step"] == "ingest" and step["rows"] > 0 for step in list(self.steps))

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.reader.join()
        return code


def wait_until(what, holds):
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            sys.exit(f"watch: never happened: {what}")
        time.sleep(0.05)


def follow(world):
    first = world.session(0)
    world.write(first, 3)
    watcher = world.watch("--commit-every", "200ms", "--poll-every", "1h")
    wait_until("what was there is read", lambda: watcher.rows() >= 1)
    seen = watcher.rows()

    def next_rows(what, change):
        nonlocal seen
        change()
        wait_until(what, lambda: watcher.rows() > seen)
        seen = watcher.rows()

    next_rows("a file that grew is read", lambda: world.write(first, 2))
    next_rows("a new file is read", lambda: world.write(world.session(1), 2))
    in_folder = world.session(2)
    next_rows("a file in a new folder is read", lambda: world.write(in_folder, 2, world.path(in_folder, "new/and/deep")))
    next_rows("a file there that grew is read", lambda: world.write(in_folder, 1, world.path(in_folder, "new/and/deep")))

    moved = world.session(3)
    outside = world.folder / "outside.jsonl"
    world.write(moved, 2, outside)
    next_rows("a file that was moved here is read", lambda: outside.rename(world.path(moved)))
    world.path(world.session(1)).unlink()
    (world.histories / "new").rename(world.histories / "renamed")
    next_rows("a file in a renamed folder is read",
              lambda: world.write(world.session(4), 1, world.path(world.session(4), "renamed/and")))

    before, burst = watcher.commits(), range(100, 300)
    for number in burst:
        world.write(world.session(number), 1)
    wait_until("all of many files are read", lambda: watcher.rows() >= seen + len(burst))
    if watcher.commits() - before > len(burst) // 4:
        sys.exit(f"watch: {watcher.commits() - before} commits for {len(burst)} files")
    second = world.run("up", "--watch")
    if second.returncode != 4 or "another" not in second.stderr:
        sys.exit(f"watch: a second one ended with {second.returncode}: {second.stderr}")
    wait_until("the models follow", lambda: world.messages() == world.expected())
    if watcher.end() != 0:
        sys.exit(f"watch: ended with {watcher.process.returncode}: {watcher.process.stderr.read()}")
    files = world.count("(SELECT count(*) FROM bronze.conversations$files)")
    if files > watcher.commits() + 2:
        sys.exit(f"watch: {files} files after {watcher.commits()} commits")


def kill(world):
    random.seed(7)
    for _ in range(5):
        watcher = world.watch("--commit-every", "50ms")
        until = time.monotonic() + random.uniform(0.3, 2.5)
        while time.monotonic() < until:
            world.write(world.session(random.randrange(20)), random.randrange(1, 5))
            time.sleep(0.02)
        watcher.process.kill()
        watcher.process.wait()
    done = world.run("up", str(world.folder / "home" / ".claude"))
    if done.returncode != 0 or world.messages() != world.expected():
        sys.exit(f"watch: {world.messages()} messages instead of {world.expected()}: {done.stderr}")
    verified = world.run("doctor", "--verify")
    if verified.returncode != 0:
        sys.exit(f"watch: doctor: {verified.stdout}{verified.stderr}")


def main():
    with tempfile.TemporaryDirectory(prefix="firn-watch-") as folder:
        world = World(str(pathlib.Path(sys.argv[1]).resolve()), folder)
        {"follow": follow, "kill": kill}[sys.argv[2]](world)


if __name__ == "__main__":
    main()
