# SPDX-License-Identifier: Apache-2.0
"""Snapshots of the past, branches, tags; statistics; tables that maintenance went over; file formats; views."""
import datetime

import polars
from pyiceberg import types as t
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.transforms import IdentityTransform

from matrix import SAYS, Feature, Write, columns

SCHEMA = columns(("id", t.LongType()), ("name", t.StringType()))
OLD = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
NEW = [{"id": 3, "name": "c"}]
SIDE = [{"id": 4, "name": "d"}]
NO_COMMAND = "no command makes one yet"


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


def spark_then(*statements, **more):
    """Two appends by Spark, then statements."""
    def write(world, name):
        world.make(Feature("", "", SCHEMA, **more), name)
        world.append_by_spark(name, OLD)
        world.append_by_spark(name, NEW)
        world.sql(*(statement.format(name) for statement in statements))
    return write


def view_by_spark(world, name):
    world.make(Feature("", "", SCHEMA), name + "_base")
    world.append_by_spark(name + "_base", OLD)
    world.sql(f"CREATE VIEW {name} AS SELECT id, upper(name) AS name FROM {name}_base")


def by_spark_alone(group, name, write, expected=None, reason="not its part", **more):
    return Feature(group, name, SCHEMA, expected=expected or OLD + NEW, writers={"spark": write},
                   unwritable={w: reason for w in ("firn", "pyiceberg", "polars")}, **more)


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
    by_spark_alone("Statistics", "a table with a Puffin file of statistics",
                   spark_then("CALL firn.system.compute_table_stats(table => '{}')")),
    by_spark_alone("Statistics", "a table with partition statistics",
                   spark_then("CALL firn.system.compute_partition_stats(table => '{}')",
                              spec=PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "name")))),
    by_spark_alone("Maintenance", "rewritten data files",
                   spark_then("CALL firn.system.rewrite_data_files(table => '{}', options => map('min-input-files', '2'))")),
    by_spark_alone("Maintenance", "rewritten manifests", spark_then("CALL firn.system.rewrite_manifests(table => '{}')")),
    by_spark_alone("Maintenance", "expired snapshots",
                   spark_then("CALL firn.system.expire_snapshots(table => '{}', older_than => TIMESTAMP '2100-01-01', "
                              "retain_last => 1)")),
    by_spark_alone("Files", "Avro data files", spark_then(properties={"write.format.default": "avro"}),
                   limits={"firn": SAYS, "pyiceberg": SAYS, "polars": SAYS, "duckdb": SAYS}),
    by_spark_alone("Files", "ORC data files", spark_then(properties={"write.format.default": "orc"}),
                   limits={"firn": SAYS, "polars": SAYS, "duckdb": SAYS}),
    by_spark_alone("Files", "gzip metadata", spark_then(properties={"write.metadata.compression-codec": "gzip"})),
    by_spark_alone("Files", "gzip Parquet", spark_then(properties={"write.parquet.compression-codec": "gzip"})),
    by_spark_alone("Files", "snappy Parquet", spark_then(properties={"write.parquet.compression-codec": "snappy"})),
    by_spark_alone("Views", "a view of Spark's dialect", view_by_spark, reason="makes none yet",
                   expected=[{"id": 1, "name": "A"}, {"id": 2, "name": "B"}],
                   limits={"firn": SAYS, "pyiceberg": SAYS, "polars": SAYS, "duckdb": SAYS}),
]
