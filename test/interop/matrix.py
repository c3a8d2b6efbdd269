# SPDX-License-Identifier: Apache-2.0
"""The matrix of reader x writer x feature: what a feature is, who writes it, who reads it, and the page about it.

A feature is an entry in features/*.py: steps that give a table (rows to append, changes of the schema, or a function
of its own per writer) and the rows that every reader must find. A cell that does not hold must have its reason in
`limits` (a reader's) or `unwritable` (a writer's); else the run fails. A reason that no longer holds is said.
"""
import collections
import dataclasses
import datetime
import decimal
import importlib
import json
import pathlib
import re
import sqlite3
import struct
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg import types as t
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionSpec
from pyiceberg.schema import Schema

from canonical import number

WRITERS = ["firn", "spark", "pyiceberg", "polars"]  # DuckDB's extension writes only through a REST catalog.
READERS = ["firn", "spark", "pyiceberg", "polars", "duckdb"]
TITLES = {"firn": "Firn", "spark": "Spark 4.1", "pyiceberg": "PyIceberg 0.12", "polars": "Polars 2.1",
          "duckdb": "DuckDB 1.5 extension"}


GROUPS = ["Format versions", "Types", "Partition transforms", "Schema evolution", "Deletes and updates", "Time travel",
          "Branches and tags", "Version 3", "Views", "Statistics", "Maintenance", "Files"]
SAYS = "*"  # A limit whose reason is what the implementation says.


class Unsupported(Exception):
    """An implementation said that it cannot do this; its words are the reason in the matrix."""


@dataclasses.dataclass
class Write:
    """Appends rows."""
    rows: list


@dataclasses.dataclass
class Evolve:
    """Changes the schema or the partition spec: by PyIceberg's table, or by Spark's SQL ({} is the table)."""
    by_pyiceberg: object
    by_spark: list


@dataclasses.dataclass
class Feature:
    group: str
    name: str
    schema: Schema  # When the table is made.
    steps: list = dataclasses.field(default_factory=list)
    expected: list = None  # Rows in the end; None: those written.
    final_schema: Schema = None  # In the end; None: as made.
    version: int = 2
    spec: PartitionSpec = UNPARTITIONED_PARTITION_SPEC
    properties: dict = dataclasses.field(default_factory=dict)
    writers: dict = None  # Writer -> function(world, table name); None: all, by the steps.
    readers: dict = dataclasses.field(default_factory=dict)  # Reader -> function(world, table name) -> rows.
    limits: dict = dataclasses.field(default_factory=dict)  # Reader or (writer, reader) -> reason.
    unwritable: dict = dataclasses.field(default_factory=dict)  # Writer -> reason.
    note: str = ""  # About how it was written.

    def rows(self):
        if self.expected is not None:
            return self.expected
        return [row for step in self.steps if isinstance(step, Write) for row in step.rows]

    def table_name(self, writer):
        return "matrix." + re.sub(r"[^a-z0-9]+", "_", f"{self.group} {self.name} by {writer}".lower()).strip("_")


def columns(*fields):
    """A schema of (name, type[, required]); ids are given in order."""
    return Schema(*(t.NestedField(field_id=i, name=f[0], field_type=f[1], required=len(f) > 2 and f[2])
                    for i, f in enumerate(fields, 1)))


def all_features():
    found = []
    for file in sorted((pathlib.Path(__file__).parent / "features").glob("*.py")):
        found += getattr(importlib.import_module(f"features.{file.stem}"), "FEATURES", [])
    return found


# --- Rows as text that does not depend on who read them. ---

def plain(kind, value):
    """The value of an Iceberg type as JSON would hold it; equal values give equal results."""
    if value is None:
        return None
    if isinstance(kind, t.StructType):
        return {field.name: plain(field.field_type, value.get(field.name)) for field in kind.fields}
    if isinstance(kind, t.ListType):
        return [plain(kind.element_type, item) for item in value]
    if isinstance(kind, t.MapType):
        return sorted(([plain(kind.key_type, k), plain(kind.value_type, v)] for k, v in pairs(value)), key=json.dumps)
    if isinstance(kind, t.FloatType):  # Some readers give the double of it.
        value = struct.unpack("f", struct.pack("f", float(value)))[0]
    if isinstance(kind, (t.IntegerType, t.LongType, t.FloatType, t.DoubleType, t.DecimalType)):
        return number(decimal.Decimal(value) if isinstance(value, str) and value[-1].isdigit() else
                      float(value) if isinstance(value, str) else value)
    if isinstance(kind, (t.BinaryType, t.FixedType)):
        return value if isinstance(value, str) else bytes(value).hex()
    if isinstance(kind, t.UUIDType):
        return str(uuid.UUID(bytes=bytes(value)) if isinstance(value, (bytes, bytearray)) else value)
    if isinstance(value, datetime.datetime):
        return instant(value, zoned="tz" in str(kind))
    if isinstance(value, datetime.time):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def pairs(value):
    """Of a map: a dictionary, a list of pairs, or a list of {"key", "value"}."""
    if isinstance(value, dict):
        return value.items()
    return [(item["key"], item["value"]) if isinstance(item, dict) else item for item in value]


def instant(value, zoned):
    """ISO text; what has no zone is in UTC."""
    if value.tzinfo is not None:
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    nanoseconds = f"{value.nanosecond:03}" if hasattr(value, "nanosecond") else ""  # A pandas Timestamp.
    text = value.to_pydatetime(warn=False) if nanoseconds else value
    return text.isoformat(timespec="microseconds") + nanoseconds + ("Z" if zoned else "")


def texts(schema, rows):
    return sorted(json.dumps({f.name: plain(f.field_type, row.get(f.name)) for f in schema.fields}, sort_keys=True)
                  for row in rows)


def difference(wanted, found):
    missing = collections.Counter(wanted) - collections.Counter(found)
    surplus = collections.Counter(found) - collections.Counter(wanted)
    return f"rows missing: {list(missing)[:2]}, rows too many: {list(surplus)[:2]}"


# --- Writers. ---

class World:
    """A lake with all that can write to it and read from it."""

    def __init__(self, lake, spark, folder):
        self.lake, self.spark, self.folder = lake, spark, pathlib.Path(folder)
        self.java = Java(spark)
        self.duckdb = None
        self.written = 0

    def catalog(self):
        return self.lake.catalog()

    def make(self, feature, name):
        """An empty table; PyIceberg makes it whoever writes the rows, Iceberg's Java library if it is of version 3."""
        catalog = self.catalog()
        catalog.create_namespace_if_not_exists("matrix")
        properties = {"format-version": str(feature.version), **feature.properties}
        if feature.version > 2:
            self.java.create(name, feature.schema.model_dump_json(), properties)
            return
        catalog.create_table(name, schema=feature.schema, partition_spec=feature.spec, properties=properties)

    def arrow(self, name, rows):
        return pa.Table.from_pylist(rows, schema=self.catalog().load_table(name).schema().as_arrow())

    def append_by_pyiceberg(self, name, rows):
        self.catalog().load_table(name).append(self.arrow(name, rows))

    def append_by_polars(self, name, rows):
        import polars
        table = self.catalog().load_table(name)
        polars.from_arrow(self.arrow(name, rows)).write_iceberg(table, mode="append")

    def append_by_firn(self, name, rows):
        self.written += 1
        source = self.folder / f"rows-{self.written}.parquet"
        pq.write_table(self.arrow(name, rows), source)
        self.lake.run("ingest", "parquet", str(source), "--into", name, "--strict")

    def append_by_spark(self, name, rows):
        schema = self.spark.table(name).schema
        data = [tuple(sparks(row.get(field.name)) for field in schema) for row in rows]
        self.spark.createDataFrame(data, schema).writeTo(name).append()

    def sql(self, *statements):
        for statement in statements:
            self.spark.sql(statement)

    def firn_sql(self, statement):
        """A statement that Firn may not know yet: what it answers is then the reason."""
        try:
            self.lake.run("sql", statement)
        except AssertionError as error:
            raise Unsupported(f"Firn says: {first_line(error)}") from error

    def write(self, feature, writer, name):
        own = (feature.writers or {}).get(writer)
        if own:
            own(self, name)
            return
        self.make(feature, name)
        for step in feature.steps:
            if isinstance(step, Write):
                getattr(self, f"append_by_{writer}")(name, step.rows)
            elif writer == "spark":
                self.sql(*(statement.format(name) for statement in step.by_spark))
            else:
                step.by_pyiceberg(self.catalog().load_table(name))

    # --- Readers. ---

    def read(self, feature, reader, name):
        own = feature.readers.get(reader)
        return own(self, name) if own else getattr(self, f"read_by_{reader}")(name)

    def read_by_firn(self, name):
        return self.lake.read_firn(name)

    def read_by_pyiceberg(self, name):
        return self.lake.read_pyiceberg(name)

    def read_by_polars(self, name):
        return self.lake.read_polars(name)

    def read_by_duckdb(self, name):
        return self.duckdb_rows(f"FROM iceberg_scan('{self.metadata(name)}')")

    def read_by_spark(self, name):
        return self.spark_rows(f"SELECT * FROM {name}")

    def metadata(self, name):
        """The metadata file of a table (or view), straight from the catalog's database."""
        with sqlite3.connect(f"file:{self.lake.folder}/catalog.db?mode=ro", uri=True) as database:
            found = database.execute("SELECT metadata_location FROM iceberg_tables WHERE table_namespace || '.' || "
                                     "table_name = ?", (name,)).fetchone()
        return found[0]

    def firn_rows(self, query):
        return [json.loads(line, parse_float=decimal.Decimal)
                for line in self.lake.run("sql", query, "--format", "jsonl").splitlines()]

    def spark_rows(self, query):
        return [row.asDict(recursive=True) for row in self.spark.sql(query).collect()]

    def duckdb_rows(self, query):
        from lake import offline_duckdb
        self.duckdb = self.duckdb or offline_duckdb()
        rows = self.duckdb.execute(query).arrow()
        return (rows.read_all() if hasattr(rows, "read_all") else rows).to_pylist()


class Java:
    """Iceberg's Java library inside Spark's process, for what Spark's SQL has no words for."""

    def __init__(self, spark):
        self.spark, self.jvm = spark, spark._jvm
        self.iceberg = self.jvm.org.apache.iceberg

    def catalog(self):
        return self.spark._jsparkSession.sessionState().catalogManager().catalog("firn").icebergCatalog()

    def table(self, name):
        return self.catalog().loadTable(self.iceberg.catalog.TableIdentifier.parse(name))

    def create(self, name, schema_json, properties):
        schema = self.iceberg.SchemaParser.fromJson(schema_json)
        builder = self.catalog().buildTable(self.iceberg.catalog.TableIdentifier.parse(name), schema)
        for key, value in properties.items():
            builder = builder.withProperty(key, value)
        return builder.create()

    def record(self, schema, values):
        record = self.iceberg.data.GenericRecord.create(schema)
        for key, value in values.items():
            record.setField(key, value)
        return record

    def output(self, table, file_name):
        file = table.io().newOutputFile(f"{table.location()}/data/{file_name}")
        return self.iceberg.encryption.EncryptedFiles.plainAsEncryptedOutput(file)

    def append(self, name, rows):
        """Appends records; numbers would arrive as Integer whatever the column, so use text and Java's own objects."""
        table = self.table(name)
        factory = self.iceberg.data.GenericAppenderFactory(table.schema(), table.spec())
        writer = factory.newDataWriter(self.output(table, f"java-{uuid.uuid4()}.parquet"),
                                       self.iceberg.FileFormat.PARQUET, None)
        for row in rows:
            writer.write(self.record(table.schema(), row))
        writer.close()
        table.newAppend().appendFile(writer.toDataFile()).commit()

    def delete_equal(self, name, column, values):
        """Commits an equality delete file: rows written so far whose `column` is one of `values` are gone."""
        table = self.table(name)
        keys = table.schema().select([column])
        ids = self.spark.sparkContext._gateway.new_array(self.jvm.int, 1)
        ids[0] = table.schema().findField(column).fieldId()
        factory = self.iceberg.data.GenericAppenderFactory(table.schema(), table.spec(), ids, keys, None)
        writer = factory.newEqDeleteWriter(self.output(table, f"java-{uuid.uuid4()}.parquet"),
                                           self.iceberg.FileFormat.PARQUET, None)
        for value in values:
            writer.write(self.record(keys, {column: value}))
        writer.close()
        table.newRowDelta().addDeletes(writer.toDeleteFile()).commit()


def sparks(value):
    """Spark knows a UUID as text."""
    return str(value) if isinstance(value, uuid.UUID) else value


# --- What came out, and the page. ---

class Results:
    def __init__(self):
        self.cells = {}  # (feature, writer) -> {reader: "yes" or a reason} or a reason

    def of(self, feature, writer):
        return self.cells.get((feature.group, feature.name, writer))

    def set(self, feature, writer, result):
        self.cells[(feature.group, feature.name, writer)] = result


def reason_of(limits, writer, reader):
    return limits.get((writer, reader)) or limits.get(reader) or limits.get((writer, "*"))


def first_line(error):
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    if text.startswith("firn "):  # What Lake.run says, then what the program said.
        text = text.split(":\n", 1)[-1]
    line = re.sub(r"(?<![\w:/])(file:)?/\S*/", "", (text.splitlines() or [""])[0])
    line = re.sub(r"\S*-<uuid>\S*", "<file>", re.sub(r"[0-9a-f]{8}-[0-9a-f-]{20,}", "<uuid>", line))
    line = re.sub(r"\d{6,}", "<n>", line)  # The same in every run.
    return line.removeprefix("firn: ").removeprefix("error: ").replace("|", "/")[:160] or type(error).__name__


def check(world, feature, writer, results):
    """Writes one table and reads it in every way; returns what should have held and did not."""
    if feature.unwritable.get(writer) or (feature.writers is not None and writer not in feature.writers):
        results.set(feature, writer, feature.unwritable.get(writer, "no way to write it"))
        return []
    name = feature.table_name(writer)
    try:
        world.write(feature, writer, name)
    except Unsupported as error:
        results.set(feature, writer, str(error))
        return []
    wanted = texts(feature.final_schema or feature.schema, feature.rows())
    cells, faults = {}, []
    for reader in READERS:
        cells[reader] = read_cell(world, feature, writer, reader, name, wanted, faults)
    results.set(feature, writer, cells)
    return faults


def read_cell(world, feature, writer, reader, name, wanted, faults):
    limit = reason_of(feature.limits, writer, reader)
    try:
        found = texts(feature.final_schema or feature.schema, world.read(feature, reader, name))
        fault = None if found == wanted else difference(wanted, found)
    except Exception as error:  # Whatever a reader throws is its answer.
        fault = f"{type(error).__name__}: {first_line(error)}"
        if limit == SAYS:
            return f"{TITLES[reader]} says: {first_line(error)}"
    if fault is None:
        if limit and limit != SAYS:
            print(f"interop: {feature.name}, {writer} to {reader}: works, so this is no longer true: {limit}")
        return "yes"
    if limit is None or limit == SAYS:  # Wrong rows are worse than none.
        faults.append(f"{reader} reads what {writer} wrote: {fault}")
        return fault
    return limit


ABOUT = """Generated by `make interop`. Each line is a table that was written by the implementations named, each column one that read
it. *yes* means that every row came back equal; a number says why not.

Firn is the one of this commit; Spark 4.1.4 with Iceberg 1.11.0; PyIceberg 0.12.0; Polars 2.1.0 (its own reader, planned by
PyIceberg); DuckDB 1.5.5 with its `iceberg` extension, which reads the metadata file and writes only through an Iceberg REST
catalog, so that it writes nothing here. The others share one SQLite catalog. PyIceberg makes the empty tables (Iceberg's
Java library those of version 3); the writer named adds the rows.""".splitlines()


def page(features, results):
    """The matrix as Markdown; each reason once, as a footnote."""
    notes = []

    def note(text):
        if text not in notes:
            notes.append(text)
        return f"[{notes.index(text) + 1}]"

    lines = ["# Who reads what of whom", "", *ABOUT, ""]
    for group in sorted({feature.group for feature in features}, key=GROUPS.index):
        lines += [f"## {group}", "", "| feature | written by | " + " | ".join(TITLES[r] for r in READERS) + " |",
                  "|---|---|" + "---|" * len(READERS)]
        for feature in features:
            if feature.group == group:
                lines += rows_of(feature, results, note)
        lines.append("")
    lines += ["## Why not", ""] + [f"{number}. {text}" for number, text in enumerate(notes, 1)]
    return "\n".join(lines) + "\n"


def rows_of(feature, results, note):
    """One row for all writers of whom every reader reads alike, and one that says who does not write it."""
    alike, silent = {}, []
    for writer in WRITERS:
        result = results.of(feature, writer)
        if isinstance(result, dict):
            cells = tuple("yes" if result[reader] == "yes" else note(result[reader]) for reader in READERS)
            about = f" {note(feature.note)}" if feature.note else ""
            alike.setdefault(cells, []).append(TITLES[writer] + about)
        elif result is not None:
            silent.append(f"{TITLES[writer]} {note(result)}")
    rows = [f"| {feature.name} | {', '.join(writers)} | {' | '.join(cells)} |" for cells, writers in alike.items()]
    return rows + ([f"| | *not by* {', '.join(silent)} |" + " |" * len(READERS)] if silent else [])
