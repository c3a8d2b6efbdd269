#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds docs/reference/tables.md against the tables that `firn up` makes.

FIRN_UPDATE_GOLDEN=1 writes the page anew. Call: tables_reference.py FIRN
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "reference" / "tables.md"


def page(firn, folder):
    environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "TZ": "UTC", "FIRN_LAKE": folder + "/lake", "USER": "ada"}

    def run(*words):
        return subprocess.run([firn, *words], env=environment, check=True, capture_output=True, text=True).stdout

    run("up", str(PROJECT / "examples" / "histories"), "--quiet")
    names = [row["table"] for row in json.loads(run("table", "list", "--json"))["data"]]
    text = ["<!-- SPDX-License-Identifier: Apache-2.0 -->",
            "<!-- Made from the program: FIRN_UPDATE_GOLDEN=1 test/docs/tables_reference.py build/debug/bin/firn -->",
            "# Tables of the conversation package", "",
            "What a lake holds after `firn up`. A `!` marks a column that is never null."]
    for name in names:
        shown = json.loads(run("table", "show", name, "--json"))
        meta = shown["meta"]
        text += ["", f"## {name}", ""]
        if "comment" in meta["properties"]:
            text += [meta["properties"]["comment"].strip(), ""]
        text += [f"Partitioned: {meta['partitioning']}. Sorted: {meta['sort_order']}.", "",
                 "| column | type | meaning |", "|---|---|---|"]
        for column in shown["data"]:
            mark = "!" if column["required"] else ""
            text.append(f"| {column['name']} | `{column['type']}`{mark} | {column['doc']} |".replace("|  |", "| |"))
    return "\n".join(text) + "\n"


def main():
    with tempfile.TemporaryDirectory(prefix="firn-tables-") as folder:
        made = page(sys.argv[1], folder)
    if os.environ.get("FIRN_UPDATE_GOLDEN"):
        PAGE.write_text(made)
    if PAGE.read_text() == made:
        return 0
    print(f"{PAGE.relative_to(PROJECT)} is not what the program's tables are; see FIRN_UPDATE_GOLDEN")
    return 1


sys.exit(main())
