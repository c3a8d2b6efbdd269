#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every example query of the query_perf package over its test reports: each must give rows.

Call: query_perf_examples.py FIRN
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "models" / "query_perf"


def results(text):
    """The arrays of rows that stand one behind the other in `text`."""
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        rows, end = decoder.raw_decode(text[at:].lstrip())
        at += len(text[at:]) - len(text[at:].lstrip()) + end
        yield rows


def main():
    firn = sys.argv[1]
    examples = sorted((PACKAGE / "examples").glob("*.sql"))
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, HOME=folder, FIRN_LAKE=folder + "/lake", TZ="UTC")
        subprocess.run([firn, "ingest", "query_perf", PACKAGE / "test" / "reports", "--historical"], env=environment,
                       check=True, capture_output=True)
        script = pathlib.Path(folder, "all.sql")
        script.write_text("\n".join(path.read_text() for path in examples))
        done = subprocess.run([firn, "sql", "-f", script, "--format", "json"], env=environment, capture_output=True,
                              text=True, check=False)
    if done.returncode != 0:
        print(done.stderr)
        return 1
    answers = list(results(done.stdout))
    empty = [path.name for path, rows in zip(examples, answers) if not rows]
    print(f"{len(examples)} queries, {len(answers)} answers, without rows: {empty}")
    return 0 if len(examples) == len(answers) == 20 and not empty else 1


sys.exit(main())
