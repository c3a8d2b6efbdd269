# SPDX-License-Identifier: Apache-2.0
"""Firn's sketches of distinct values are those of Spark's compute_table_stats, bit for bit."""
import json
import pathlib
import struct

import pyarrow

COLUMNS = "id, few, s, d, day, at, price, yes"
MANY = f"""SELECT {COLUMNS} FROM (SELECT id, cast(id % 7 AS int) AS few, concat('s', id % 60000) AS s, id / 3 AS d,
             date_add(date'2020-01-01', cast(id % 5000 AS int)) AS day, timestamp_seconds(id) AS at,
             cast(id % 9000 AS decimal(9, 2)) AS price, id % 2 = 0 AS yes FROM range(0, 100000, 1, 1))"""


def statistics(lake, table):
    """What the table's metadata says of its statistics: {field id: (ndv, sketch)}."""
    metadata = json.loads(pathlib.Path(lake.metadata(table).removeprefix("file://").removeprefix("file:")).read_text())
    (described,) = metadata["statistics"]
    data = pathlib.Path(described["statistics-path"].removeprefix("file://").removeprefix("file:")).read_bytes()
    (footer_size,) = struct.unpack("<i", data[-12:-8])
    footer = json.loads(data[-12 - footer_size:-12])
    found = {}
    for blob in footer["blobs"]:
        assert blob["type"] == "apache-datasketches-theta-v1"
        stored = data[blob["offset"]:blob["offset"] + blob["length"]]
        with pyarrow.CompressedInputStream(pyarrow.BufferReader(stored), "zstd") as stream:
            sketch = stream.read()
        (field,) = blob["fields"]
        found[field] = (blob["properties"]["ndv"], sketch)
    return described["snapshot-id"], found


def test_sketches_are_those_of_spark(lake, spark):
    table = "peers.sketches"
    spark.sql("CREATE NAMESPACE IF NOT EXISTS peers")
    spark.sql(f"""CREATE TABLE {table} (id bigint, few int, s string, d double, day date, at timestamp,
                  price decimal(9, 2), yes boolean) USING iceberg""")
    spark.sql(f"INSERT INTO {table} {MANY}")
    lake.run("maintain", table, "--compute-statistics")
    snapshot, ours = statistics(lake, table)
    assert len(ours) == 8
    spark.sql(f"CALL firn.system.compute_table_stats(table => '{table}')")
    theirs_of, theirs = statistics(lake, table)
    assert snapshot == theirs_of
    assert {field: ndv for field, (ndv, _) in ours.items()} == {field: ndv for field, (ndv, _) in theirs.items()}
    for field, (_, sketch) in theirs.items():
        assert ours[field][1] == sketch, f"the sketches of field {field} differ"


def test_spark_finds_partition_statistics(lake, spark):
    table = "peers.counted"
    spark.sql("CREATE NAMESPACE IF NOT EXISTS peers")
    spark.sql(f"CREATE TABLE {table} (id bigint, k int) USING iceberg PARTITIONED BY (k)")
    spark.sql(f"INSERT INTO {table} SELECT id, cast(id % 3 AS int) FROM range(100)")
    lake.run("maintain", table, "--compute-statistics")
    done = spark.sql(f"CALL firn.system.compute_partition_stats(table => '{table}')").collect()
    seen = lake.run("sql", f"SELECT statistics_path FROM {table}$partition_statistics", "--format", "csv").splitlines()
    assert [row[0] for row in done] == seen[1:]
