#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plays transcripts of the command line and compares what is printed.

A transcript holds commands and what a person sees:

    $ firn usage model
    MODEL   INPUT ...
    [1]            the exit code, where it is not 0
    2> text        a line of standard error

Lines of a transcript that begin with '#' are remarks. Words in <...> stand for what changes from run to run, see
VARYING. Each transcript runs in an empty folder with an empty HOME; $EXAMPLES names the shipped histories.
FIRN_UPDATE_GOLDEN=1 writes what is printed into the transcript, for `git diff` to review.
Call: run_transcripts.py FIRN FILE...
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parents[2]

# What differs between two runs of the same command.
VARYING = [
    (re.compile(r"\b\d{16,19}\b"), "<id>"),
    (re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b"), "<ulid>"),
    (re.compile(r"\b\d+\.\d+ s\b"), "<seconds>"),
    (re.compile(r'("seconds": ?)[0-9.e-]+'), r"\1<seconds>"),
    (re.compile(r"\b\d{4,6} GB of disk|\b\d{1,3} GB of disk"), "<size> of disk"),
    (re.compile(r"-[0-9a-f]{8}/(data|metadata)"), r"-<uuid>/\1"),
    (re.compile(r"_data_\d{8}_[0-9A-Z]{26}"), "_data_<date>_<ulid>"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-m(\d+)\.avro"), r"<uuid>-m\2.avro"),
    (re.compile(r"\bbytes instead of \d+"), "bytes instead of <size>"),
    (re.compile(r"\b\d{5}-[0-9a-f-]{36}"), "<version>"),
    (re.compile(r"\[\d{4}-\d\d-\d\dT[0-9:.]+Z\]"), "[<time>]"),
    (re.compile(r"compressed_kb=\d+ ratio=-?[0-9.]+%"), "compressed_kb=<kb> ratio=<percent>"),
]


def split(text):
    """Yields (command, expected lines); remarks and blank lines before a command belong to it."""
    before, command, lines = [], None, []
    for line in text.splitlines():
        if line.startswith("$ "):
            if command is not None:
                yield before, command, lines
                before = []
            command, lines = line[2:], []
        elif command is None or line.startswith("#"):
            if command is not None:
                yield before, command, lines
                before, command, lines = [], None, []
            before.append(line)
        else:
            lines.append(line)
    if command is not None:
        yield before, command, lines


def play(command, folder, environment):
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, timeout=120)
    lines = done.stdout.decode("utf-8", "backslashreplace").splitlines()
    lines += ["2> " + line for line in done.stderr.decode("utf-8", "backslashreplace").splitlines()]
    if done.returncode != 0:
        lines.append(f"[{done.returncode}]")
    shown = []
    for line in lines:
        line = line.replace(str(folder), "<here>").replace(str(folder.parent), "<top>").replace(str(PROJECT), "<project>")
        for pattern, word in VARYING:
            line = pattern.sub(word, line)
        shown.append(line.rstrip())
    return shown


def environment_of(firn, folder):
    home = folder / "home"
    home.mkdir()
    return {"PATH": f"{pathlib.Path(firn).resolve().parent}:/usr/bin:/bin", "HOME": str(home), "TZ": "UTC",
            "FIRN_LAKE": str(folder / "lake"), "COLUMNS": "80", "LANG": "C.UTF-8", "USER": "ada",
            "EXAMPLES": str(PROJECT / "examples" / "histories")}


def run_file(firn, path):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="firn-cli-"))
    environment = environment_of(firn, folder)
    work = folder / "work"
    work.mkdir()
    out, wrong = [], 0
    try:
        for before, command, expected in split(path.read_text()):
            while expected and expected[-1] == "":
                expected.pop()
            shown = play(command, work, environment)
            out += before + ["$ " + command] + shown + [""]
            if shown != expected:
                wrong += 1
                print(f"{path.name}: $ {command}\n  expected:\n    " + "\n    ".join(expected) +
                      "\n  printed:\n    " + "\n    ".join(shown))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if os.environ.get("FIRN_UPDATE_GOLDEN"):
        path.write_text("\n".join(out).rstrip("\n") + "\n")
        return 0
    return wrong


def main():
    firn, files = sys.argv[1], [pathlib.Path(name) for name in sys.argv[2:]]
    wrong = sum(run_file(firn, path) for path in files)
    print(f"{len(files)} transcripts, {wrong} commands printed something else")
    return 1 if wrong else 0


sys.exit(main())
