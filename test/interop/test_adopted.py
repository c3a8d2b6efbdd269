# SPDX-License-Identifier: Apache-2.0
"""Parquet files that others wrote, taken over as they are, have the same rows whoever reads the table."""
import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = [{"id": at, "name": None if at % 5 == 0 else f"n{at}", "at": datetime.datetime(2025, 11, 1 + at % 3, 9),
         "country": "pt" if at % 2 else "a b"} for at in range(50)]


@pytest.fixture(scope="module")
def adopted(lake, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adopted") / "sales"
    schema = pa.schema([("id", pa.int64()), ("name", pa.string()), ("at", pa.timestamp("us")), ("country", pa.string())])
    pq.write_to_dataset(pa.Table.from_pylist(ROWS, schema), folder, partition_cols=["country"])
    lake.run("table", "add-files", "adopted.sales", str(folder), "--create")
    return "adopted.sales"


def tuples(rows):
    return sorted((row["id"], row["name"], str(row["at"]).replace("T", " ")[:19], row["country"]) for row in rows)


@pytest.mark.parametrize("reader", ["firn", "pyiceberg", "polars", "duckdb"])
def test_adopted_files_are_read_by_all(lake, adopted, reader):
    assert tuples(getattr(lake, f"read_{reader}")(adopted)) == tuples(ROWS)


def test_adopted_files_are_read_and_pruned_by_spark(adopted, spark):
    assert tuples(row.asDict() for row in spark.table(adopted).collect()) == tuples(ROWS)
    files = spark.sql(f"SELECT partition.country, record_count, readable_metrics.id.upper_bound FROM {adopted}.files")
    assert sorted(map(tuple, files.collect())) == [("a b", 25, 48), ("pt", 25, 49)]
    assert spark.sql(f"SELECT count(*) FROM {adopted} WHERE country = 'pt' AND id > 40").first()[0] == 5


def test_firn_reads_what_spark_adds(lake, spark, tmp_path):
    pq.write_table(pa.table({"n": pa.array([1, 2, 3], pa.int32())}), tmp_path / "a.parquet")
    spark.sql("CREATE NAMESPACE IF NOT EXISTS adopted")
    spark.sql("CREATE TABLE adopted.by_spark (n int) USING iceberg")
    spark.sql(f"CALL firn.system.add_files(table => 'adopted.by_spark', source_table => '`parquet`.`{tmp_path}`')")
    assert sorted(row["n"] for row in lake.read_firn("adopted.by_spark")) == [1, 2, 3]
