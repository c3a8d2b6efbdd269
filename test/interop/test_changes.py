# SPDX-License-Identifier: Apache-2.0
"""What changed in a table is what Spark says of it: Spark reads changelogs of copy-on-write tables only, so the same
changes made by merge-on-read must give the same rows."""
import json

import pytest

COLUMNS = "id, k, s, _change_type, _change_ordinal"


def make(spark, table, version, mode):
    modes = ", ".join(f"'write.{kind}.mode' = '{mode}'" for kind in ("delete", "update", "merge"))
    spark.sql("CREATE NAMESPACE IF NOT EXISTS peers")
    spark.sql(f"""CREATE TABLE {table} (id bigint, k int, s string) USING iceberg PARTITIONED BY (bucket(2, k))
                  TBLPROPERTIES ('format-version' = '{version}', {modes})""")
    spark.sql(f"INSERT INTO {table} SELECT id, cast(id % 7 AS int), concat('s', id % 100) FROM range(500)")
    spark.sql(f"DELETE FROM {table} WHERE id % 5 = 0")
    spark.sql(f"UPDATE {table} SET s = 'changed' WHERE id % 13 = 1")
    spark.sql(f"CALL firn.system.rewrite_data_files(table => '{table}', options => map('rewrite-all', 'true'))")
    spark.sql(f"""MERGE INTO {table} t USING (SELECT id, cast(id % 7 AS int) AS k FROM range(490, 520)) n ON t.id = n.id
                  WHEN MATCHED THEN UPDATE SET s = 'merged' WHEN NOT MATCHED THEN INSERT (id, k, s) VALUES (n.id, n.k, 'new')""")
    spark.sql(f"DELETE FROM {table} WHERE k = 3")


def firn_changes(lake, table, bounds=""):
    out = lake.run("sql", f"SELECT {COLUMNS} FROM table_changes('{table}'{bounds})", "--format", "jsonl")
    return [tuple(row.values()) for row in map(json.loads, out.splitlines())]


def spark_changes(spark, table, options=""):
    spark.sql(f"CALL firn.system.create_changelog_view(table => '{table}', changelog_view => 'changes'{options})")
    return [tuple(row) for row in spark.sql(f"SELECT {COLUMNS} FROM changes").collect()]


def without_updates(changes):
    names = {"UPDATE_BEFORE": "DELETE", "UPDATE_AFTER": "INSERT"}
    return sorted((*row[:3], names.get(row[3], row[3]), row[4]) for row in changes)


def test_a_copy_on_write_table_changed_as_spark_says(lake, spark):
    table = "peers.changes"
    make(spark, table, 2, "copy-on-write")
    assert sorted(firn_changes(lake, table)) == sorted(spark_changes(spark, table))
    ids = [row[0] for row in spark.sql(f"SELECT snapshot_id FROM {table}.snapshots ORDER BY committed_at").collect()]
    start, end = ids[1], ids[4]
    spark_range = spark_changes(
        spark, table, f", options => map('start-snapshot-id', '{start}', 'end-snapshot-id', '{end}')")
    assert sorted(firn_changes(lake, table, f", {start}, {end}")) == sorted(spark_range)


@pytest.mark.parametrize("version,mode", [(2, "merge-on-read"), (3, "merge-on-read"), (3, "copy-on-write")])
def test_the_same_changes_by_other_means_are_the_same(lake, spark, version, mode):
    model, table = f"peers.model_{version}_{mode[:4]}", f"peers.changes_{version}_{mode[:4]}"
    make(spark, model, 2, "copy-on-write")
    make(spark, table, version, mode)
    changes = firn_changes(lake, table)
    assert without_updates(changes) == without_updates(spark_changes(spark, model))
    updates = {row[3] for row in changes if row[3].startswith("UPDATE")}
    assert updates == ({"UPDATE_BEFORE", "UPDATE_AFTER"} if version == 3 else set())
