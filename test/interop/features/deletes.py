# SPDX-License-Identifier: Apache-2.0
"""Rows that were deleted or changed."""
from pyiceberg import transforms as x
from pyiceberg import types as t
from pyiceberg.partitioning import PartitionField, PartitionSpec

from matrix import SAYS, Feature, Write, columns

SCHEMA = columns(("id", t.LongType()), ("name", t.StringType()))
ROWS = [{"id": i, "name": "abcdefgh"[i]} for i in range(8)]
LEFT = [row for row in ROWS if row["id"] not in (2, 5)]
CHANGED = [{"id": 3, "name": "changed"} if row["id"] == 3 else row for row in LEFT]
MERGE_ON_READ = {f"write.{verb}.mode": "merge-on-read" for verb in ("delete", "update", "merge")}
BY_REWRITING = "deletes by rewriting files alone"
NOBODY_ELSE = {"firn": "written by streaming engines; Firn reads them and never writes them", "pyiceberg": BY_REWRITING,
               "polars": "does not delete"}
DELETE, UPDATE = "DELETE FROM {} WHERE id IN (2, 5)", "UPDATE {} SET name = 'changed' WHERE id = 3"


def feature(name, expected, writers, version=2, unwritable=None, **more):
    return Feature("Deletes and updates", name, SCHEMA, expected=expected, version=version, writers=writers,
                   unwritable={"pyiceberg": BY_REWRITING, "polars": "does not delete", **(unwritable or {})},
                   **more)


def by_spark(*statements, version=2, properties=None, spec=None):
    def write(world, name):
        made = Feature("", "", SCHEMA, version=version, properties=properties or {}, **({"spec": spec} if spec else {}))
        world.make(made, name)
        world.append_by_spark(name, ROWS)
        world.sql(*(statement.format(name) for statement in statements))
    return write


def by_firn(*statements, version=2, properties=None, spec=None):
    def write(world, name):
        made = Feature("", "", SCHEMA, version=version, properties=properties or {}, **({"spec": spec} if spec else {}))
        world.make(made, name)
        world.append_by_firn(name, ROWS)
        for statement in statements:
            world.firn_sql(statement.format(name))
    return write


def delete_by_pyiceberg(world, name):
    world.make(Feature("", "", SCHEMA), name)
    world.append_by_pyiceberg(name, ROWS)
    world.catalog().load_table(name).delete("id = 2 or id = 5")


def equality_deletes(world, name):
    world.make(Feature("", "", SCHEMA), name)
    world.append_by_spark(name, ROWS)
    world.java.delete_equal(name, "name", ["c", "f"])
    world.append_by_spark(name, [{"id": 9, "name": "c"}])  # Written later, so the deletes say nothing of it.


BUCKETS = PartitionSpec(PartitionField(1, 1000, x.BucketTransform(3), "id_bucket"))
BOTH = {"spark": by_spark, "firn": by_firn}


def both(*statements, **more):
    return {writer: make(*statements, **more) for writer, make in BOTH.items()}


FEATURES = [
    feature("delete, copy-on-write", LEFT, {**both(DELETE), "pyiceberg": delete_by_pyiceberg}, unwritable={"pyiceberg": None}),
    feature("update, copy-on-write", CHANGED, both(DELETE, UPDATE)),
    feature("position deletes (v2)", LEFT, both(DELETE, properties=MERGE_ON_READ)),
    feature("update by position deletes (v2)", CHANGED, both(DELETE, UPDATE, properties=MERGE_ON_READ)),
    feature("position deletes in partitions (v2)", LEFT, both(DELETE, properties=MERGE_ON_READ, spec=BUCKETS)),
    feature("equality deletes (v2)", [*LEFT, {"id": 9, "name": "c"}], {"spark": equality_deletes}, unwritable=NOBODY_ELSE,
            limits={"firn": SAYS, "pyiceberg": SAYS, "polars": SAYS}, note="through Iceberg's Java library"),
    feature("deletion vectors (v3)", LEFT, both(DELETE, version=3, properties=MERGE_ON_READ), limits={"firn": SAYS, "polars": SAYS}),
    feature("two deletion vectors of one file (v3)", CHANGED, both(DELETE, UPDATE, version=3, properties=MERGE_ON_READ),
            limits={"firn": SAYS, "polars": SAYS}),
]
