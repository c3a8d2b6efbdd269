# SPDX-License-Identifier: Apache-2.0
"""Rows that Spark deleted by merge-on-read are gone for Firn too, and row lineage is the same."""
import json

import pytest


def firn_rows(lake, query):
    return [list(row.values()) for row in map(json.loads, lake.run("sql", query, "--format", "jsonl").splitlines())]


def spark_rows(spark, query):
    return [list(row) for row in spark.sql(query).collect()]


def make(spark, table, version):
    merge_on_read = ", ".join(f"'write.{kind}.mode' = 'merge-on-read'" for kind in ("delete", "update", "merge"))
    spark.sql("CREATE NAMESPACE IF NOT EXISTS peers")
    spark.sql(f"""CREATE TABLE {table} (id bigint, k int, s string) USING iceberg PARTITIONED BY (bucket(2, k))
                  TBLPROPERTIES ('format-version' = '{version}', {merge_on_read})""")
    spark.sql(f"INSERT INTO {table} SELECT id, cast(id % 7 AS int), concat('s', id % 100) FROM range(5000)")
    spark.sql(f"DELETE FROM {table} WHERE id % 5 = 0")
    spark.sql(f"DELETE FROM {table} WHERE id % 11 = 3")
    spark.sql(f"UPDATE {table} SET s = 'changed' WHERE id % 13 = 1")


@pytest.mark.parametrize("version", [2, 3])
def test_deletes_of_spark_are_applied(lake, spark, version):
    table = f"peers.deletes_v{version}"
    make(spark, table, version)
    for query in (f"SELECT id, k, s FROM {table} ORDER BY id",
                  f"SELECT count(*), sum(id) FROM {table} WHERE k = 3 AND id > 1000"):
        assert firn_rows(lake, query) == spark_rows(spark, query)


@pytest.mark.parametrize("version", [2, 3])
def test_position_deletes_are_what_spark_lists(lake, spark, version):
    table = f"peers.positions_v{version}"
    make(spark, table, version)
    columns = [name for name in spark.table(f"{table}.position_deletes").columns if name != "row"]
    assert [row[0] for row in firn_rows(lake, f"DESCRIBE {table}.position_deletes") if row[0] != "row"] == columns
    query = f"SELECT {', '.join(columns)} FROM {table}.position_deletes ORDER BY file_path, pos"
    deleted = firn_rows(lake, query.replace("partition,", "partition.k_bucket AS partition,"))
    assert deleted and deleted == spark_rows(spark, query.replace("partition,", "partition.k_bucket AS partition,"))


def test_row_lineage_is_what_spark_sees(lake, spark):
    table = "peers.lineage"
    make(spark, table, 3)
    query = f"SELECT id, _row_id, _last_updated_sequence_number FROM {table} ORDER BY id"
    assert firn_rows(lake, query) == spark_rows(spark, query)
    spark.sql(f"CALL firn.system.rewrite_data_files(table => '{table}', options => map('rewrite-all', 'true'))")
    spark.sql(f"INSERT INTO {table} VALUES (90000, 1, 'new')")
    spark.sql(f"UPDATE {table} SET k = 3 WHERE id = 79")
    rows = firn_rows(lake, query)
    assert rows == spark_rows(spark, query)
    some = next(row for row in rows if row[0] == 79)
    assert firn_rows(lake, f"SELECT id FROM {table} WHERE _row_id = {some[1]}") == [[79]]
