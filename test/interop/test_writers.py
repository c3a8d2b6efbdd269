# SPDX-License-Identifier: Apache-2.0
"""Firn reads what others write into the same catalog."""
import datetime
import decimal

import pyarrow as pa

from canonical import digest, first_difference

ROWS = [
    {"id": 1, "name": "one", "price": decimal.Decimal("1.50"), "day": datetime.date(1969, 12, 31),
     "at": datetime.datetime(2025, 11, 5, 9, 30, 0, 123456, tzinfo=datetime.timezone.utc), "tags": ["a", None],
     "place": {"x": 1.5, "y": None}, "raw": b"\x00\xff"},
    {"id": 2, "name": None, "price": None, "day": None, "at": None, "tags": None, "place": None, "raw": None},
    {"id": 3, "name": "snow \u2744", "price": decimal.Decimal("-0.01"), "day": datetime.date(2026, 2, 28),
     "at": datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc), "tags": [],
     "place": {"x": -0.0, "y": "z"}, "raw": b""},
]
SCHEMA = pa.schema([
    pa.field("id", pa.int64(), nullable=False), pa.field("name", pa.string()), pa.field("price", pa.decimal128(10, 2)),
    pa.field("day", pa.date32()), pa.field("at", pa.timestamp("us", tz="UTC")), pa.field("tags", pa.list_(pa.string())),
    pa.field("place", pa.struct([pa.field("x", pa.float64()), pa.field("y", pa.string())])),
    pa.field("raw", pa.binary()),
])


def assert_same(ours, theirs):
    assert digest(ours) == digest(theirs), first_difference(ours, theirs)


def test_a_table_that_pyiceberg_wrote_is_read_back_equal(lake):
    catalog = lake.catalog()
    catalog.create_namespace_if_not_exists("peers")
    table = catalog.create_table("peers.by_pyiceberg", schema=SCHEMA)
    table.append(pa.Table.from_pylist(ROWS[:2], schema=SCHEMA))
    table.append(pa.Table.from_pylist(ROWS[2:], schema=SCHEMA))
    assert_same(lake.read_firn("peers.by_pyiceberg"), ROWS)


def test_evolution_by_pyiceberg_is_followed(lake):
    catalog = lake.catalog()
    catalog.create_namespace_if_not_exists("peers")
    schema = pa.schema([pa.field("a", pa.int32()), pa.field("b", pa.string())])
    table = catalog.create_table("peers.evolved", schema=schema)
    table.append(pa.Table.from_pylist([{"a": 1, "b": "x"}], schema=schema))
    with table.update_schema() as update:
        update.rename_column("b", "c")
        update.update_column("a", field_type=__import__("pyiceberg.types").types.LongType())
        update.add_column("d", __import__("pyiceberg.types").types.DoubleType())
    later = pa.schema([pa.field("a", pa.int64()), pa.field("c", pa.string()), pa.field("d", pa.float64())])
    table = catalog.load_table("peers.evolved")
    table.append(pa.Table.from_pylist([{"a": 2**40, "c": "y", "d": 0.5}], schema=later))
    assert_same(lake.read_firn("peers.evolved"),
                [{"a": 1, "c": "x", "d": None}, {"a": 2**40, "c": "y", "d": 0.5}])


def test_tables_that_spark_wrote_are_read_back_equal(lake, spark):
    spark.sql("CREATE NAMESPACE IF NOT EXISTS peers")
    spark.sql("""CREATE TABLE peers.by_spark (id bigint NOT NULL, name string, price decimal(10,2), at timestamp,
                 tags array<string>, place struct<x: double, y: string>, counts map<string, int>)
                 USING iceberg PARTITIONED BY (days(at), bucket(4, id))""")
    spark.sql("""INSERT INTO peers.by_spark VALUES
                 (1, 'one', 1.50, timestamp '2025-11-05 09:30:00.123456', array('a', null), named_struct('x', 1.5d, 'y', null), map('k', 1)),
                 (2, null, null, null, null, null, null),
                 (3, 'snow', -0.01, timestamp '1969-12-31 23:59:59.999999', array(), named_struct('x', 2d, 'y', 'z'), map())""")
    spark.sql("ALTER TABLE peers.by_spark ADD COLUMN extra int")
    spark.sql("INSERT INTO peers.by_spark VALUES (4, 'four', 0, null, null, null, null, 44)")
    utc = datetime.timezone.utc
    assert_same(lake.read_firn("peers.by_spark"), [
        {"id": 1, "name": "one", "price": decimal.Decimal("1.50"),
         "at": datetime.datetime(2025, 11, 5, 9, 30, 0, 123456, tzinfo=utc), "tags": ["a", None],
         "place": {"x": 1.5, "y": None}, "counts": {"k": 1}, "extra": None},
        {"id": 2, "name": None, "price": None, "at": None, "tags": None, "place": None, "counts": None, "extra": None},
        {"id": 3, "name": "snow", "price": decimal.Decimal("-0.01"),
         "at": datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=utc), "tags": [],
         "place": {"x": 2.0, "y": "z"}, "counts": {}, "extra": None},
        {"id": 4, "name": "four", "price": decimal.Decimal(0), "at": None, "tags": None, "place": None,
         "counts": None, "extra": 44}])


def test_spark_and_pyiceberg_append_to_a_table_of_ours(lake, spark, tmp_path):
    source = tmp_path / "rows.csv"
    source.write_text("a,b\n1,x\n")
    lake.run("ingest", "csv", str(source), "--into", "silver.shared", "--create")
    spark.sql("INSERT INTO silver.shared VALUES (2, 'y')")
    table = lake.catalog().load_table("silver.shared")
    table.append(pa.Table.from_pylist([{"a": 3, "b": "z"}], schema=table.schema().as_arrow()))
    expected = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "b": "z"}]
    assert_same(lake.read_firn("silver.shared"), expected)
