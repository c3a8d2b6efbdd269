# SPDX-License-Identifier: Apache-2.0
"""Snapshots of the past, branches, tags; statistics; tables that maintenance went over; file formats; views."""
import datetime

import polars
from pyiceberg import types as t
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.transforms import IdentityTransform

from matrix import READERS, SAYS, Feature, Write, columns

SCHEMA = columns(("id", t.LongType()), ("name", t.StringType()))
OLD = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
NEW = [{"id": 3, "name": "c"}]
SIDE = [{"id": 4, "name": "d"}]
SMALL = [[{"id": n, "name": "x"}] for n in range(6)]  # Enough files to be worth rewriting.
NO_COMMAND = "no command makes one yet"
BY_NAME = PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "name"))


def first_snapshot(world, name):
    return world.catalog().load_table(name).history()[0].snapshot_id


def before_second(world, name):
    """A moment at which the first snapshot was the current one."""
    second = world.catalog().load_table(name).history()[1].timestamp_ms
    return datetime.datetime.fromtimestamp((second - 1) / 1000, datetime.timezone.utc)


def arrow_of(world, name, snapshot):
    return world.catalog().load_table(name).scan(snapshot_id=snapshot).to_arrow().to_pylist()


def polars_of(world, name, snapshot):
    table = world.catalog().load_table(name)
    return polars.scan_iceberg(table, snapshot_id=snapshot, reader_override="native").collect().to_dicts()


def named(world, name, ref):
    return world.catalog().load_table(name).snapshot_by_name(ref).snapshot_id


BY_ID = {
    "firn": lambda w, n: w.firn_rows(f"SELECT * FROM {n} AT (VERSION => {first_snapshot(w, n)})"),
    "spark": lambda w, n: w.spark_rows(f"SELECT * FROM {n} VERSION AS OF {first_snapshot(w, n)}"),
    "pyiceberg": lambda w, n: arrow_of(w, n, first_snapshot(w, n)),
    "polars": lambda w, n: polars_of(w, n, first_snapshot(w, n)),
    "duckdb": lambda w, n: w.duckdb_rows(
        f"FROM iceberg_scan('{w.metadata(n)}', snapshot_from_id = {first_snapshot(w, n)})"),
}
AT_TIME = {
    "firn": lambda w, n: w.firn_rows(f"SELECT * FROM {n} AT (TIMESTAMP => TIMESTAMPTZ '{before_second(w, n)}')"),
    "spark": lambda w, n: w.spark_rows(f"SELECT * FROM {n} TIMESTAMP AS OF '{before_second(w, n)}'"),
    "pyiceberg": lambda w, n: arrow_of(w, n, w.catalog().load_table(n).snapshot_as_of_timestamp(
        int(before_second(w, n).timestamp() * 1000)).snapshot_id),
    "polars": lambda w, n: polars_of(w, n, w.catalog().load_table(n).snapshot_as_of_timestamp(
        int(before_second(w, n).timestamp() * 1000)).snapshot_id),
    "duckdb": lambda w, n: w.duckdb_rows(f"FROM iceberg_scan('{w.metadata(n)}', snapshot_from_timestamp = "
                                         f"TIMESTAMP '{before_second(w, n).replace(tzinfo=None)}')"),
}


def of_ref(ref):
    return {
        "firn": lambda w, n: w.firn_rows(f"SELECT * FROM {n} AT (VERSION => '{ref}')"),
        "spark": lambda w, n: w.spark_rows(f"SELECT * FROM {n} VERSION AS OF '{ref}'"),
        "pyiceberg": lambda w, n: arrow_of(w, n, named(w, n, ref)),
        "polars": lambda w, n: polars_of(w, n, named(w, n, ref)),
    }


def tag_by_spark(world, name):
    world.make(Feature("", "", SCHEMA), name)
    world.append_by_spark(name, OLD)
    world.sql(f"ALTER TABLE {name} CREATE TAG old")
    world.append_by_spark(name, NEW)


def tag_by_pyiceberg(world, name):
    world.make(Feature("", "", SCHEMA), name)
    world.append_by_pyiceberg(name, OLD)
    world.catalog().load_table(name).manage_snapshots().create_tag(first_snapshot(world, name), "old").commit()
    world.append_by_pyiceberg(name, NEW)


def branch_by_spark(world, name):
    world.make(Feature("", "", SCHEMA), name)
    world.append_by_spark(name, OLD)
    world.sql(f"ALTER TABLE {name} CREATE BRANCH side", f"INSERT INTO {name}.branch_side VALUES (4, 'd')")
    world.append_by_spark(name, NEW)


def branch_by_pyiceberg(world, name):
    world.make(Feature("", "", SCHEMA), name)
    world.append_by_pyiceberg(name, OLD)
    world.catalog().load_table(name).manage_snapshots().create_branch(first_snapshot(world, name), "side").commit()
    world.catalog().load_table(name).append(world.arrow(name, SIDE), branch="side")
    world.append_by_pyiceberg(name, NEW)


def spark_then(*statements, batches=(OLD, NEW), **more):
    """Appends by Spark, then statements."""
    def write(world, name):
        world.make(Feature("", "", SCHEMA, **more), name)
        for rows in batches:
            world.append_by_spark(name, rows)
        world.sql(*(statement.format(name) for statement in statements))
    return write


def firn_then(*options, batches=(OLD, NEW), **more):
    """Appends by Firn, then its maintenance."""
    def write(world, name):
        world.make(Feature("", "", SCHEMA, **more), name)
        for rows in batches:
            world.append_by_firn(name, rows)
        if options:
            world.lake.run("maintain", name, *options)
    return write


def checked(write, holds):
    """`write`, and a look whether what the feature is about is really there."""
    def write_and_look(world, name):
        write(world, name)
        assert holds(world.catalog().load_table(name)), f"{name} is not what it is to be"
    return write_and_look


def files_of(table):
    return [row["file_path"] for row in table.inspect.files().to_pylist()]


def view_by_spark(world, name):
    world.make(Feature("", "", SCHEMA), name + "_base")
    world.append_by_spark(name + "_base", OLD)
    world.sql(f"CREATE VIEW {name} AS SELECT id, upper(name) AS name FROM {name}_base")


def view_by_firn(world, name):
    world.make(Feature("", "", SCHEMA), name + "_base")
    world.append_by_firn(name + "_base", OLD)
    world.lake.run("sql", f"CREATE VIEW {name} AS SELECT id, upper(name) AS name FROM {name}_base")


def view(dialect, writer, write):
    """A view of a dialect, which its writer reads and others may not."""
    others = {"firn": "makes those of DuckDB's dialect", "spark": "makes those of its own dialect",
              "pyiceberg": "makes none yet", "polars": "makes none yet"}
    return Feature("Views", f"a view of {dialect} dialect", SCHEMA, writers={writer: write},
                   expected=[{"id": 1, "name": "A"}, {"id": 2, "name": "B"}],
                   unwritable={other: reason for other, reason in others.items() if other != writer},
                   limits={reader: SAYS for reader in READERS if reader != writer})


def by_some(group, name, writers, expected=None, reason="not its part", **more):
    return Feature(group, name, SCHEMA, expected=expected or OLD + NEW, writers=writers,
                   unwritable={w: reason for w in ("firn", "pyiceberg", "polars") if w not in writers}, **more)


def by_spark_alone(group, name, write, **more):
    return by_some(group, name, {"spark": write}, **more)


def of_properties(name, **properties):
    """Files as a property of the table says, by whoever heeds it."""
    writers = {"spark": spark_then(properties=properties), "firn": firn_then(properties=properties)}
    return by_some("Files", name, writers)


NO_REF = {"duckdb": "takes snapshot ids and times, not names"}
NOT_POLARS = {"polars": "does not make them"}

FEATURES = [
    Feature("Time travel", "by snapshot id", SCHEMA, [Write(OLD), Write(NEW)], expected=OLD, readers=BY_ID),
    Feature("Time travel", "by timestamp", SCHEMA, [Write(OLD), Write(NEW)], expected=OLD, readers=AT_TIME),
    Feature("Branches and tags", "a tag", SCHEMA, expected=OLD, readers=of_ref("old"), limits=NO_REF,
            writers={"spark": tag_by_spark, "pyiceberg": tag_by_pyiceberg},
            unwritable={"firn": NO_COMMAND, **NOT_POLARS}),
    Feature("Branches and tags", "a branch with rows of its own", SCHEMA, expected=OLD + SIDE, readers=of_ref("side"),
            limits=NO_REF, writers={"spark": branch_by_spark, "pyiceberg": branch_by_pyiceberg},
            unwritable={"firn": NO_COMMAND, **NOT_POLARS}),
    by_some("Statistics", "a table with a Puffin file of statistics", {
        "spark": spark_then("CALL firn.system.compute_table_stats(table => '{}')"),
        "firn": checked(firn_then("--compute-statistics"), lambda table: len(table.metadata.statistics) == 1)}),
    by_some("Statistics", "a table with partition statistics", {
        "spark": spark_then("CALL firn.system.compute_partition_stats(table => '{}')", spec=BY_NAME),
        "firn": checked(firn_then("--compute-statistics", spec=BY_NAME),
                        lambda table: len(table.metadata.partition_statistics) == 1)}),
    by_some("Maintenance", "rewritten data files", {
        "spark": spark_then("CALL firn.system.rewrite_data_files(table => '{}')", batches=SMALL),
        "firn": checked(firn_then("--rewrite-data-files", batches=SMALL), lambda table: len(files_of(table)) == 1)},
        expected=[row for rows in SMALL for row in rows]),
    by_spark_alone("Maintenance", "rewritten manifests", spark_then("CALL firn.system.rewrite_manifests(table => '{}')")),
    by_some("Maintenance", "expired snapshots", {
        "spark": spark_then("CALL firn.system.expire_snapshots(table => '{}', older_than => TIMESTAMP '2100-01-01', "
                            "retain_last => 1)"),
        "firn": checked(firn_then("--expire-older-than", "0s", "--retain-last", "1"),
                        lambda table: len(table.snapshots()) == 1)}),
    by_spark_alone("Files", "Avro data files", spark_then(properties={"write.format.default": "avro"}),
                   limits={"firn": SAYS, "pyiceberg": SAYS, "polars": SAYS, "duckdb": SAYS}),
    by_spark_alone("Files", "ORC data files", spark_then(properties={"write.format.default": "orc"}),
                   limits={"firn": SAYS, "polars": SAYS, "duckdb": SAYS}),
    of_properties("gzip metadata", **{"write.metadata.compression-codec": "gzip"}),
    of_properties("gzip Parquet", **{"write.parquet.compression-codec": "gzip"}),
    of_properties("snappy Parquet", **{"write.parquet.compression-codec": "snappy"}),
    view("Spark's", "spark", view_by_spark), view("DuckDB's", "firn", view_by_firn),
]
