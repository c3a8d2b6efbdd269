#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A lake in an object store: starts a server of it (stores.py), runs the FileIO tests against that, fills a lake whose
tables are there and one on the disk, and wants the same answers; then maintains it, asks with wrong keys, and takes the
server away.

Call: store_lake.py s3|gcs|azure FIRN IO_ARROW_FS_TEST PEERS_FOLDER. Ends with 77 (skipped) and says why where there is
no server.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import stores

PROJECT = pathlib.Path(__file__).resolve().parents[2]
BASE = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "LANG": "C.UTF-8"}
TABLES = "SELECT table_schema || '.' || table_name AS t FROM information_schema.tables WHERE table_type = 'BASE TABLE'"


class Lake:
    def __init__(self, firn, folder, config, environment):
        self.firn, self.folder, self.environment = firn, folder, environment
        folder.mkdir(parents=True)
        self.configure(config)

    def configure(self, config):
        (self.folder / "firn.toml").write_text(config)

    def run(self, *words, code=0):
        environment = dict(BASE, HOME=str(self.folder.parent), FIRN_LAKE=str(self.folder), **self.environment)
        done = subprocess.run([self.firn, *words], env=environment, capture_output=True, text=True)
        if done.returncode != code:
            raise AssertionError(f"firn {' '.join(words)} ended with {done.returncode}, not {code}:\n{done.stderr}")
        return done.stdout + done.stderr if code else done.stdout

    def rows(self, query):
        return [json.loads(line) for line in self.run("sql", query, "--format", "jsonl").splitlines()]

    def tables(self):
        rows = json.loads(self.run("table", "list", "--json"))["data"]
        return {row["table"]: row["rows"] for row in rows if row["kind"] == "table"}

    def contents(self):
        """What must be equal in both lakes: rows of every table as SQL counts them, and the totals of usage."""
        counted = {name: self.rows(f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in self.tables()}
        messages = self.rows("SELECT message_id, role, content FROM silver.messages ORDER BY ALL")
        return counted, messages, json.loads(self.run("usage", "--json"))["totals"]


def local_files(folder):
    return [path for path in (folder / "warehouse").rglob("*") if path.is_file()]


def run_file_io_tests(program, server):
    environment = dict(BASE, FIRN_STORE=server.bucket, FIRN_STORE_PROPERTIES=server.properties, **server.environment)
    if server.stranger:
        environment["FIRN_STORE_STRANGER"] = server.stranger
    subprocess.run([program, "--gtest_filter=*store_server*:OnStoreServer.*", "--gtest_brief=1"], env=environment,
                   check=True, cwd=PROJECT)


def config(server, right=True):
    return f'[lake]\nformat = 1\nwarehouse = "{server.bucket}/lake"\n{server.section(right)}'


def check_lake(firn, folder, server):
    histories = str(PROJECT / "examples" / "histories")
    local = Lake(firn, folder / "local" / "lake", "[lake]\nformat = 1\n", {})
    remote = Lake(firn, folder / "remote" / "lake", config(server), server.environment)
    for lake in (local, remote):  # In two runs, so that there is history to expire.
        lake.run("up", histories + "/chatgpt", "--quiet")
        lake.run("up", histories, "--quiet")
    assert remote.contents() == local.contents(), "the lakes differ"
    assert not local_files(remote.folder), "files of tables on the local disk"
    for table in remote.tables():
        location = json.loads(remote.run("table", "show", table, "--json"))["meta"]["location"]
        assert location.startswith(server.bucket + "/lake/"), location
    before = remote.tables()
    remote.run("up", histories, "--quiet")
    assert remote.tables() == before, "a second run took something twice"
    remote.run("doctor", "--verify")
    return local, remote


def check_maintenance(local, remote):
    dry = json.loads(remote.run("maintain", "--expire-older-than", "0s", "--dry-run", "--json"))
    done = json.loads(remote.run("maintain", "--expire-older-than", "0s", "--json"))
    assert done["totals"] == dry["totals"], (dry["totals"], done["totals"])
    assert done["totals"]["snapshots_expired"] > 0 and done["totals"]["files_deleted"] > 0, done["totals"]
    assert not any(row["note"] for row in done["data"]), done["data"]
    remote.run("doctor", "--verify")
    assert remote.contents() == local.contents(), "maintenance changed what is read"
    print(f"maintained: {done['totals']}")


def check_errors(remote, server):
    question = ("sql", "SELECT count(*) FROM silver.messages")
    remote.configure(config(server, right=False))
    shown = remote.run(*question, code=5)
    assert "check the keys of [io." in shown, shown
    remote.configure(config(server))
    remote.run(*question)
    server.stop()
    shown = remote.run(*question, code=1)
    assert "could not be reached" in shown, shown


def main():
    kind, firn, file_io_tests, peers = sys.argv[1:5]
    with tempfile.TemporaryDirectory(prefix="firn-store-") as name:
        folder = pathlib.Path(name)
        try:
            server = stores.KINDS[kind](folder, pathlib.Path(peers))
        except stores.Absent as why:
            print(f"skipped: {why}")
            sys.exit(77)
        try:
            run_file_io_tests(file_io_tests, server)
            local, remote = check_lake(firn, folder, server)
            check_maintenance(local, remote)
            check_errors(remote, server)
        finally:
            server.stop()
    print(f"the lake in {server.bucket} answers as the one on the disk")


if __name__ == "__main__":
    main()
