#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds docs/reference/tables.md and query_perf.md against the tables that the program makes.

FIRN_UPDATE_GOLDEN=1 writes the page anew. Call: tables_reference.py FIRN
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parents[2]
REFERENCE = PROJECT / "docs" / "reference"
# Page, title, introduction, what fills the lake, and the tables that are described.
PAGES = [
    ("tables.md", "Tables of the conversation package",
     "What a lake holds after `firn up`, `firn embed` and `firn export training`. A `!` marks a column that is never null.",
     [["up", str(PROJECT / "examples" / "histories"), "--quiet"], ["embed"],
      ["export", "training", "FOLDER/set", "--format", "openai_jsonl", "--min-conversations", "1"]], lambda name: True),
    ("query_perf.md", "Tables of the query_perf package",
     "What a lake holds after `firn ingest query_perf` ([how](../how-to/query-reports.md)). The views `query_performance` and\n"
     "`index_recommendations` and the macros `avg_query_time(days)` and `slow_queries(threshold_ms)` are in reach of every query;\n"
     "`models/query_perf/` has their SQL and twenty example queries. Rows that break a rule are in `<table>_rejected`.",
     [["ingest", "query_perf", str(PROJECT / "models" / "query_perf" / "test" / "reports"), "--quiet"]],
     lambda name: name.startswith("silver.")),
]


def page(firn, folder, title, introduction, commands, wanted):
    environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "TZ": "UTC", "FIRN_LAKE": folder + "/lake", "USER": "ada"}

    def run(*words):
        return subprocess.run([firn, *words], env=environment, check=True, capture_output=True, text=True).stdout

    for command in commands:
        run(*(word.replace("FOLDER", folder) for word in command))
    names = [row["table"] for row in json.loads(run("table", "list", "--json"))["data"]
             if row["kind"] == "table" and wanted(row["table"])]
    text = ["<!-- SPDX-License-Identifier: Apache-2.0 -->",
            "<!-- Made from the program: FIRN_UPDATE_GOLDEN=1 test/docs/tables_reference.py build/debug/bin/firn -->",
            f"# {title}", "", introduction]
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
    wrong = 0
    for name, *how in PAGES:
        with tempfile.TemporaryDirectory(prefix="firn-tables-") as folder:
            made = page(sys.argv[1], folder, *how)
        if os.environ.get("FIRN_UPDATE_GOLDEN"):
            (REFERENCE / name).write_text(made)
        if (REFERENCE / name).read_text() != made:
            print(f"docs/reference/{name} is not what the program's tables are; see FIRN_UPDATE_GOLDEN")
            wrong = 1
    return wrong


sys.exit(main())
