#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`firn doctor --verify` is green on a whole lake and red after any file that it refers to is harmed: lost, cut
by one byte, or one byte of it changed, wherever in the file.

Call: doctor_test.py FIRN [--every N: harm every Nth file, default 6] [--flips N: bytes changed per file] [--seed S]
"""
import argparse
import os
import pathlib
import random
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
        """Every file of the warehouse: a lake that was just made has no file that nothing refers to."""
        warehouse = self.folder / "lake" / "warehouse"
        return sorted(path for path in warehouse.rglob("*") if path.is_file() and not path.name.startswith("."))


def cut(path):
    os.truncate(path, path.stat().st_size - 1)


def flip(at):
    def harm(path):
        data = bytearray(path.read_bytes())
        data[at] ^= 1 << random.randrange(8)
        path.write_bytes(data)
    return harm


def harms(path, flips):
    """What is done to a file, by name: the last bytes are where a Parquet file keeps its footer's length."""
    size = path.stat().st_size
    yield "lost", pathlib.Path.unlink
    yield "cut", cut
    for at in {size - random.randrange(1, 9), *(random.randrange(size) for _ in range(flips))}:
        yield f"byte {at} of {size} changed", flip(at)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("firn")
    parser.add_argument("--every", type=int, default=6)
    parser.add_argument("--flips", type=int, default=1)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = parser.parse_args()
    print(f"doctor: seed {arguments.seed}", flush=True)
    random.seed(arguments.seed)
    missed, tried = [], 0
    with tempfile.TemporaryDirectory(prefix="firn-doctor-") as folder:
        lake = Lake(arguments.firn, folder)
        assert lake.is_healthy(), lake.run("doctor", "--verify", "--format", "table").stdout
        files = lake.referenced()
        for path in files[random.randrange(arguments.every)::arguments.every]:
            for word, harm in harms(path, arguments.flips):
                copy = path.with_name("." + path.name + ".kept")
                shutil.copy2(path, copy)
                harm(path)
                tried += 1
                if lake.is_healthy():
                    missed.append(f"{word}: {path.relative_to(folder)}")
                os.replace(copy, path)
        assert lake.is_healthy(), "the lake was not put back whole"
    print(f"{len(files)} files, {tried} harms, {len(missed)} not noticed", *missed, sep="\n")
    return 1 if missed or not tried else 0


sys.exit(main())
