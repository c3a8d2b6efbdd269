#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A lake on S3: starts an S3 server (../shared/peers/s3), runs the FileIO tests against it, fills a lake whose tables
are there and one on the disk, and wants the same answers; then maintains it, and takes the server away.

Call: s3_lake.py FIRN IO_ARROW_FS_TEST PEERS_FOLDER. Ends with 77 (skipped) and says why where there is no server.
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parents[2]
KEYS = {"AWS_ACCESS_KEY_ID": "admin", "AWS_SECRET_ACCESS_KEY": "password"}
BASE = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "LANG": "C.UTF-8"}
TABLES = "SELECT table_schema || '.' || table_name AS t FROM information_schema.tables WHERE table_type = 'BASE TABLE'"


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, script, folder):
        self.script, self.port = script, free_port()
        self.environment = dict(os.environ, FIRN_PEERS_RUN=str(folder / "run"))
        started = subprocess.run([script, "start", str(self.port), str(folder / "s3")], env=self.environment,
                                 capture_output=True, text=True)
        if started.returncode != 0:
            skip(f"no S3 server: {started.stderr.strip()}")
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def stop(self):
        subprocess.run([self.script, "stop"], env=self.environment, capture_output=True, check=False)


class Lake:
    def __init__(self, firn, folder, config):
        self.firn, self.folder = firn, folder
        folder.mkdir(parents=True)
        (folder / "firn.toml").write_text(config)

    def run(self, *words, code=0, keys=KEYS):
        environment = dict(BASE, HOME=str(self.folder.parent), FIRN_LAKE=str(self.folder), **keys)
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
    environment = dict(BASE, FIRN_S3_ENDPOINT=server.endpoint, FIRN_S3_BUCKET="warehouse", **KEYS)
    subprocess.run([program, "--gtest_filter=*s3_server*", "--gtest_brief=1"], env=environment, check=True, cwd=PROJECT)


def config(server):
    return f'[lake]\nformat = 1\nwarehouse = "s3://warehouse/lake"\n[io.s3]\nendpoint = "{server.endpoint}"\n'


def check_lake(firn, folder, server):
    histories = str(PROJECT / "examples" / "histories")
    local = Lake(firn, folder / "local" / "lake", "[lake]\nformat = 1\n")
    remote = Lake(firn, folder / "remote" / "lake", config(server))
    for lake in (local, remote):  # In two runs, so that there is history to expire.
        lake.run("up", histories + "/chatgpt", "--quiet")
        lake.run("up", histories, "--quiet")
    assert remote.contents() == local.contents(), "the lakes differ"
    assert not local_files(remote.folder), "files of tables on the local disk"
    for table in remote.tables():
        location = json.loads(remote.run("table", "show", table, "--json"))["meta"]["location"]
        assert location.startswith("s3://warehouse/lake/"), location
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


def main():
    firn, file_io_tests, peers = sys.argv[1:4]
    script = pathlib.Path(peers) / "s3" / "server"
    if not script.is_file():
        skip(f"no {script.parent.parent.name}/s3 beside the project")
    with tempfile.TemporaryDirectory(prefix="firn-s3-") as name:
        folder = pathlib.Path(name)
        server = Server(str(script), folder)
        try:
            run_file_io_tests(file_io_tests, server)
            local, remote = check_lake(firn, folder, server)
            check_maintenance(local, remote)
            wrong = dict(KEYS, AWS_SECRET_ACCESS_KEY="wrong")
            shown = remote.run("sql", "SELECT count(*) FROM silver.messages", code=5, keys=wrong)
            assert "check the keys" in shown, shown
        finally:
            server.stop()
        shown = remote.run("sql", "SELECT count(*) FROM silver.messages", code=1)
        assert "could not be reached" in shown, shown
    print("the lake on S3 answers as the one on the disk")


if __name__ == "__main__":
    main()
