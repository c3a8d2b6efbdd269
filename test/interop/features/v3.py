# SPDX-License-Identifier: Apache-2.0
"""What format version 3 adds, apart from deletion vectors: types, defaults, row lineage."""
import json

import pyarrow.parquet as pq
from pyiceberg import types as t

from matrix import SAYS, Feature, columns

NO_V3 = {"pyiceberg": "PyIceberg 0.12 does not write v3", "polars": "writes through PyIceberg, which does not write v3"}
SAY = {reader: SAYS for reader in ("firn", "pyiceberg", "polars", "duckdb")}


def by_spark(name, schema, statements, expected, firn="no way to write it yet", **more):
    def write(world, table):
        world.catalog().create_namespace_if_not_exists("matrix")
        world.sql(*(statement.format(table) for statement in statements))
    return Feature("Version 3", name, schema, expected=expected, writers={"spark": write}, version=3,
                   unwritable={"firn": firn, **NO_V3}, **more)


def timestamps_by_java(world, name):
    made = json.dumps({"type": "struct", "schema-id": 0, "fields": [
        {"id": 1, "name": "id", "required": False, "type": "string"},
        {"id": 2, "name": "v", "required": False, "type": "timestamp_ns"}]})
    world.catalog().create_namespace_if_not_exists("matrix")
    world.java.create(name, made, {"format-version": "3"})
    parse = world.java.jvm.java.time.LocalDateTime.parse
    world.java.append(name, [{"id": "a", "v": parse("2025-11-05T09:30:00.123456789")}, {"id": "b", "v": None}])


def default_by_java(world, name):
    schema = columns(("id", t.LongType()))
    world.make(Feature("", "", schema, version=3), name)
    world.append_by_spark(name, [{"id": 1}])
    java = world.java
    literal = java.iceberg.expressions.Expressions.lit("before")
    kind = getattr(java.iceberg.types, "Types$StringType").get()
    java.table(name).updateSchema().addColumn("v", kind, None, literal).commit()
    world.append_by_spark(name, [{"id": 2, "v": "after"}])


SHREDDED = ['{"a":1,"b":"x"}', '{"a":70000,"b":"y","c":[1,2]}', '{"a":"text"}', '[1,{"a":2}]', 'null', '{"b":"z"}']


def make_variants(world, name, shredded):
    world.catalog().create_namespace_if_not_exists("matrix")
    world.sql(f"CREATE TABLE {name} (id bigint, v variant) USING iceberg TBLPROPERTIES('format-version'='3', "
              f"'write.parquet.shred-variants'='{shredded}')")


def shredded_by_spark(world, name):
    make_variants(world, name, "true")
    rows = ", ".join(f"({at}, '{text}')" for at, text in enumerate(SHREDDED))
    world.sql(f"INSERT INTO {name} SELECT /*+ COALESCE(1) */ id, parse_json(v) FROM VALUES {rows} AS t(id, v)")
    assert_shredded(world, name)


def shredded_by_firn(world, name):
    """Spark's small files, which Firn joins into one."""
    make_variants(world, name, "false")
    for at, text in enumerate(SHREDDED):
        world.sql(f"INSERT INTO {name} SELECT {at}, parse_json('{text}')")
    world.lake.run("table", "alter", name, "--set", "write.parquet.shred-variants=true")
    world.lake.run("maintain", name, "--rewrite-data-files")
    assert_shredded(world, name)


def assert_shredded(world, name):
    for file in world.firn_rows(f"SELECT file_path FROM {name}$files"):
        schema = str(pq.ParquetFile(file["file_path"].removeprefix("file:").replace("///", "/")).schema)
        assert "typed_value" in schema, schema


LINEAGE = "SELECT id, _row_id AS row_id, _last_updated_sequence_number AS changed_in FROM "
ID_AND_TEXT = columns(("id", t.StringType()), ("v", t.StringType()))
JSON_TEXT = columns(("id", t.LongType()), ("v", t.StringType()))
MERGE_ON_READ = "'format-version'='3', 'write.delete.mode'='merge-on-read', 'write.update.mode'='merge-on-read'"

FEATURES = [
    Feature("Version 3", "timestamp_ns", ID_AND_TEXT, expected=[{"id": "a", "v": "2025-11-05T09:30:00.123456789"},
                                                                {"id": "b", "v": None}],
            writers={"spark": timestamps_by_java}, version=3, unwritable={"firn": "no way to write it yet", **NO_V3},
            readers={"duckdb": lambda w, n: w.duckdb_rows("SELECT id, replace(v::VARCHAR, ' ', 'T') AS v FROM iceberg_scan("
                                                          f"'{w.metadata(n)}')")},
            limits={**SAY, "spark": SAYS, "firn": "reads it to microseconds", "polars": "reads it to microseconds"}, note="through Iceberg's Java library"),
    by_spark("variant", JSON_TEXT, ["CREATE TABLE {} (id bigint, v variant) USING iceberg TBLPROPERTIES('format-version'='3')",
                                    """INSERT INTO {} SELECT 1, parse_json('{{"a":[1,"x"]}}')"""],
             [{"id": 1, "v": '{"a":[1,"x"]}'}],
             readers={"spark": lambda w, n: w.spark_rows(f"SELECT id, to_json(v) AS v FROM {n}"),
                      "firn": lambda w, n: w.firn_rows(f"SELECT id, v::JSON::VARCHAR AS v FROM {n}"),
                      "duckdb": lambda w, n: w.duckdb_rows("SELECT id, v::JSON::VARCHAR AS v FROM iceberg_scan("
                                                           f"'{w.metadata(n)}')")},
             limits=SAY),
    Feature("Version 3", "variant, shredded", JSON_TEXT,
            expected=[{"id": at, "v": text} for at, text in enumerate(SHREDDED)],
            writers={"spark": shredded_by_spark, "firn": shredded_by_firn}, version=3, unwritable=NO_V3,
            readers={"spark": lambda w, n: w.spark_rows(f"SELECT id, to_json(v) AS v FROM {n}"),
                     "firn": lambda w, n: w.firn_rows(f"SELECT id, v::JSON::VARCHAR AS v FROM {n}"),
                     "duckdb": lambda w, n: w.duckdb_rows("SELECT id, v::JSON::VARCHAR AS v FROM iceberg_scan("
                                                          f"'{w.metadata(n)}')")},
            limits={"pyiceberg": SAYS, "polars": SAYS}),
    by_spark("unknown", JSON_TEXT, ["CREATE TABLE {} (id bigint, v void) USING iceberg TBLPROPERTIES('format-version'='3')",
                                    "INSERT INTO {} (id) VALUES (1)"], [{"id": 1, "v": None}], limits=SAY),
    Feature("Version 3", "a default for rows written before the column", JSON_TEXT,
            expected=[{"id": 1, "v": "before"}, {"id": 2, "v": "after"}], writers={"spark": default_by_java}, version=3,
            unwritable={"firn": "no way to write it yet", **NO_V3}, limits=SAY, note="through Iceberg's Java library"),
    by_spark("row lineage", columns(("id", t.LongType()), ("row_id", t.LongType()), ("changed_in", t.LongType())),
             ["CREATE TABLE {} (id bigint, name string) USING iceberg TBLPROPERTIES(" + MERGE_ON_READ + ")",
              "INSERT INTO {} SELECT /*+ COALESCE(1) */ * FROM VALUES (1, 'a'), (2, 'b'), (3, 'c')",
              "UPDATE {} SET name = 'changed' WHERE id = 2"],
             [{"id": 1, "row_id": 0, "changed_in": 1}, {"id": 2, "row_id": 1, "changed_in": 2},
              {"id": 3, "row_id": 2, "changed_in": 1}],
             readers={"spark": lambda w, n: w.spark_rows(LINEAGE + n), "firn": lambda w, n: w.firn_rows(LINEAGE + n),
                      "duckdb": lambda w, n: w.duckdb_rows(
                          LINEAGE + f"iceberg_scan('{w.metadata(n)}')")},
             limits={**SAY, "pyiceberg": "has no words for the lineage columns", "polars": "has no words for the lineage columns"}),
]
