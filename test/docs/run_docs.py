#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every command of the documentation: each page's ```sh blocks, in order, in an empty folder and HOME.

The folder holds the project's examples/. In README.md, what stands for a value of the reader's is filled in (FILL).
Call: run_docs.py FIRN [PAGE...]
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)
FILL = {"firn up  ": "firn up examples/histories  ", "CONVERSATION": "6513270e"}
NOT_HERE = ("make ",)  # What the test run itself came through.


def snapshot(environment, folder):
    shown = subprocess.run(["firn", "table", "snapshots", "silver.messages", "--json"], env=environment, cwd=folder,
                           capture_output=True, text=True)
    return json.loads(shown.stdout)["data"][0]["snapshot_id"] if shown.returncode == 0 else "0"


def run_page(firn, page):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="firn-docs-"))
    os.symlink(PROJECT / "examples", folder / "examples")
    (folder / "home").mkdir()
    (folder / "reports").mkdir()
    (folder / "reports" / "a.csv").write_text("id,name\n1,one\n")
    environment = {"PATH": f"{pathlib.Path(firn).resolve().parent}:/usr/bin:/bin", "HOME": str(folder / "home"),
                   "TZ": "UTC", "LANG": "C.UTF-8"}
    if page.name != "README.md":
        shutil.rmtree(folder / "reports")
    count = failed = 0
    for block in BLOCK.findall(page.read_text()):
        for line in block.splitlines():
            if not line.strip() or line.startswith(NOT_HERE):
                continue
            for word, value in FILL.items():
                line = line.replace(word, value)
            if "1234567890" in line:
                line = line.replace("1234567890", snapshot(environment, folder))
            count += 1
            done = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)
            if done.returncode != 0:
                failed += 1
                print(f"{page.relative_to(PROJECT)}: {line}\n  ended with {done.returncode}: {done.stderr.strip()}")
    shutil.rmtree(folder, ignore_errors=True)
    return count, failed


def main():
    firn = sys.argv[1]
    pages = [PROJECT / name for name in sys.argv[2:]] or [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
    results = [run_page(firn, page) for page in pages]
    commands, failed = sum(r[0] for r in results), sum(r[1] for r in results)
    print(f"{commands} commands of {len(pages)} pages, {failed} failed")
    return 1 if failed or not commands else 0


sys.exit(main())
