#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Opens a lake that each earlier release made: answers must be the same, and everything must verify.

Iceberg stores absolute locations, so a kept lake is unpacked where it was made: /tmp/firn-kept-lake.
Call: lakes_test.py FIRN            check all kept lakes
      lakes_test.py FIRN --keep N   make lake_N.tar.gz of the example histories with this binary
"""
import fcntl
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
PLACE = pathlib.Path("/tmp/firn-kept-lake")
EXAMPLES = HERE.parents[1] / "examples" / "histories"


def run(firn, *words):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(PLACE / "home"), "TZ": "UTC", "USER": "ada",
                   "FIRN_LAKE": str(PLACE / "lake")}
    done = subprocess.run([firn, *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"firn {' '.join(words)} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def keep(firn, number):
    PLACE.mkdir()
    run(firn, "up", str(EXAMPLES), "--quiet")
    usage = json.loads(run(firn, "usage", "model", "--json"))
    (HERE / f"lake_{number}.json").write_text(json.dumps({"data": usage["data"], "totals": usage["totals"]}, indent=1) + "\n")
    with tarfile.open(HERE / f"lake_{number}.tar.gz", "w:gz") as archive:
        archive.add(PLACE / "lake", "lake")


def check(firn, archive):
    PLACE.mkdir(mode=0o700)
    with tarfile.open(archive) as packed:
        packed.extractall(PLACE)
    expected = json.loads(archive.with_name(archive.name.replace(".tar.gz", ".json")).read_text())
    usage = json.loads(run(firn, "usage", "model", "--json"))
    assert usage["totals"] == expected["totals"], f"{archive.name}: other totals"
    by_model = [sorted(report["data"], key=lambda row: row["model"]) for report in (usage, expected)]  # Order is not promised.
    assert by_model[0] == by_model[1], f"{archive.name}: other figures"
    run(firn, "doctor", "--verify")
    # It can be written to: what it has already read is not read again, a refresh changes no figure.
    run(firn, "up", str(EXAMPLES), "--quiet")
    run(firn, "run", "--full-refresh", "--quiet")
    # Columns that came later are there, and empty for histories that have nothing for them.
    assert json.loads(run(firn, "sql", "SELECT count(new_keys) AS n FROM silver.conversation_sources")) == {"n": 0}
    again = json.loads(run(firn, "usage", "model", "--json"))
    assert again["totals"] == expected["totals"], f"{archive.name}: other figures after a refresh"
    run(firn, "doctor", "--verify")


def main():
    firn = str(pathlib.Path(sys.argv[1]).resolve())
    with open("/tmp/firn-kept-lake.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(PLACE, ignore_errors=True)
        try:
            if sys.argv[2:3] == ["--keep"]:
                keep(firn, sys.argv[3])
                return 0
            archives = sorted(HERE.glob("lake_*.tar.gz"))
            assert archives, "no lake is kept"
            for archive in archives:
                check(firn, archive)
                shutil.rmtree(PLACE)
            print(f"{len(archives)} kept lakes answer as they did")
        finally:
            shutil.rmtree(PLACE, ignore_errors=True)
    return 0


sys.exit(main())
