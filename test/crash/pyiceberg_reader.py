# SPDX-License-Identifier: Apache-2.0
"""Reads every table of a lake with PyIceberg, as often as it is asked.

A line on standard input is the folder of a lake; the answer is one line of JSON: {"rows": {table: count}}, or
{"error": text}. Runs under the Python of test/interop.
"""
import json
import sys
import warnings

from pyiceberg.catalog import load_catalog

warnings.filterwarnings("ignore")


def count_rows(folder):
    catalog = load_catalog("firn", type="sql", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/warehouse")
    try:
        names = [name for namespace in catalog.list_namespaces() for name in catalog.list_tables(namespace)]
        return {".".join(name): catalog.load_table(name).scan().to_arrow().num_rows for name in names}
    finally:
        catalog.engine.dispose()


for line in sys.stdin:
    try:
        answer = {"rows": count_rows(line.rstrip("\n"))}
    except Exception as error:  # Whatever it is, it is the answer.
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
