#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`firn doctor --verify` is green on a whole lake and red after any file that it refers to is cut or lost.

Call: doctor_test.py FIRN [every Nth file, default 4]
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "histories"


class Lake:
    def __init__(self, firn, folder):
        self.firn, self.folder = str(pathlib.Path(firn).resolve()), pathlib.Path(folder)
        self.run("up", str(EXAMPLES), "--quiet", must=True)

    def run(self, *words, must=False):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder / "home"), "TZ": "UTC", "USER": "ada",
                       "FIRN_LAKE": str(self.folder / "lake")}
        done = subprocess.run([self.firn, *words], env=environment, capture_output=True, text=True)
        assert not must or done.returncode == 0, done.stderr
        return done

    def is_healthy(self):
        return self.run("doctor", "--verify").returncode == 0

    def referenced(self):
        """Data files and manifests, and each table's current metadata file."""
        warehouse = self.folder / "lake" / "warehouse"
        current = set()
        for row in json.loads(self.run("table", "list", "--json", must=True).stdout)["data"]:
            meta = json.loads(self.run("table", "show", row["table"], "--json", must=True).stdout)["meta"]
            current.add(meta["metadata_location"].removeprefix("file://"))
        return sorted(path for path in warehouse.rglob("*") if path.suffix in (".parquet", ".avro") or str(path) in current)


def cut(path):
    os.truncate(path, path.stat().st_size - 1)


def main():
    every = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    missed, tried = [], 0
    with tempfile.TemporaryDirectory(prefix="firn-doctor-") as folder:
        lake = Lake(sys.argv[1], folder)
        assert lake.is_healthy(), lake.run("doctor", "--verify", "--format", "table").stdout
        for path in lake.referenced()[::every]:
            for word, harm in (("cut", cut), ("lost", pathlib.Path.unlink)):
                copy = path.with_name("." + path.name + ".kept")
                shutil.copy2(path, copy)
                harm(path)
                tried += 1
                if lake.is_healthy():
                    missed.append(f"{word}: {path.name}")
                os.replace(copy, path)
        assert lake.is_healthy(), "the lake was not put back whole"
    print(f"{tried} harms, {len(missed)} not noticed", *missed, sep="\n")
    return 1 if missed or not tried else 0


sys.exit(main())
