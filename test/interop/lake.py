# SPDX-License-Identifier: Apache-2.0
"""A lake under test: runs the binary, opens its catalog in other implementations, reads tables in each."""
import decimal
import json
import os
import pathlib
import subprocess

import duckdb
import polars
from pyiceberg.catalog import load_catalog


class Lake:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def run(self, *words, codes=(0,)):
        environment = dict(os.environ, FIRN_LAKE=str(self.folder), HOME=str(self.folder.parent / "home"), TZ="UTC")
        done = subprocess.run([os.environ["FIRN_BIN"], *words], capture_output=True, text=True, env=environment)
        assert done.returncode in codes, f"firn {' '.join(words)} ended with {done.returncode}:\n{done.stderr}"
        return done.stdout

    def tables(self):
        rows = json.loads(self.run("table", "list", "--json"))["data"]
        return sorted(row["table"] for row in rows if row["kind"] == "table")

    def metadata(self, table):
        return json.loads(self.run("table", "show", table, "--json"))["meta"]["metadata_location"]

    def catalog(self):
        return load_catalog("firn", type="sql", uri=f"sqlite:///{self.folder}/catalog.db",
                            warehouse=f"file://{self.folder}/warehouse")

    # Each reader gives the rows as dictionaries.

    def read_firn(self, table):
        lines = self.run("sql", f"SELECT * FROM {table}", "--format", "jsonl").splitlines()
        return [json.loads(line, parse_float=decimal.Decimal) for line in lines]

    def read_pyiceberg(self, table):
        return self.catalog().load_table(table).scan().to_arrow().to_pylist()

    def read_polars(self, table):
        loaded = self.catalog().load_table(table)
        return polars.scan_iceberg(loaded, reader_override="native").collect().to_dicts()

    def read_duckdb(self, table):
        rows = offline_duckdb().execute(f"FROM iceberg_scan('{self.metadata(table)}')").arrow()
        return (rows.read_all() if hasattr(rows, "read_all") else rows).to_pylist()


def offline_duckdb():
    """DuckDB with the iceberg extension of the installed wheels; avro first, nothing is downloaded."""
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    packages = pathlib.Path(duckdb.__file__).parent.parent
    for name in ("avro", "iceberg"):
        folder = packages / f"duckdb_extension_{name}" / "extensions" / f"v{duckdb.__version__}"
        connection.execute(f"LOAD '{folder / (name + '.duckdb_extension')}'")
    connection.execute("SET TimeZone = 'UTC'")
    return connection
