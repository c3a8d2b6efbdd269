# SPDX-License-Identifier: Apache-2.0
"""Format versions, partition transforms and how partition specs change."""
import datetime

from pyiceberg import transforms as x
from pyiceberg import types as t
from pyiceberg.partitioning import PartitionField, PartitionSpec

from matrix import Evolve, Feature, Write, columns

UTC = datetime.timezone.utc
SCHEMA = columns(("id", t.LongType()), ("name", t.StringType()), ("day", t.DateType()), ("at", t.TimestamptzType()))
ROWS = [
    {"id": 1, "name": "snowfall", "day": datetime.date(1969, 12, 31), "at": datetime.datetime(1969, 12, 31, 23, 59, tzinfo=UTC)},
    {"id": -7, "name": "ice", "day": datetime.date(2025, 11, 5), "at": datetime.datetime(2025, 11, 5, 9, 30, tzinfo=UTC)},
    {"id": 2**40, "name": "a/b=c d%", "day": datetime.date(2025, 11, 6), "at": datetime.datetime(2025, 11, 5, 9, 59, tzinfo=UTC)},
    {"id": 3, "name": None, "day": None, "at": None},
    {"id": 4, "name": "", "day": datetime.date(2026, 1, 1), "at": datetime.datetime(2026, 1, 1, tzinfo=UTC)},
]


def version(number, **more):
    return Feature("Format versions", f"v{number}", SCHEMA, [Write(ROWS[:3]), Write(ROWS[3:])], version=number, **more)


def partitioned(name, *fields, **more):
    spec = PartitionSpec(*(PartitionField(SCHEMA.find_field(column).field_id, 1000 + i, transform, f"p{i}")
                           for i, (column, transform) in enumerate(fields)))
    return Feature("Partition transforms", name, SCHEMA, [Write(ROWS)], spec=spec, **more)


def add_bucket(table):
    with table.update_spec() as update:
        update.add_field("id", x.BucketTransform(4), "id_bucket")


def drop_day(table):
    with table.update_spec() as update:
        update.remove_field("p0")


NO_V3_ROWS = {"pyiceberg": "PyIceberg 0.12 does not write v3",
              "polars": "writes through PyIceberg, which does not write v3"}

FEATURES = [
    version(1), version(2), version(3, unwritable=NO_V3_ROWS),
    partitioned("identity of string", ("name", x.IdentityTransform())),
    partitioned("identity of date", ("day", x.IdentityTransform())),
    partitioned("bucket of long", ("id", x.BucketTransform(4))),
    partitioned("bucket of string", ("name", x.BucketTransform(16))),
    partitioned("truncate of long", ("id", x.TruncateTransform(10))),
    partitioned("truncate of string", ("name", x.TruncateTransform(3))),
    partitioned("year", ("day", x.YearTransform())),
    partitioned("month", ("day", x.MonthTransform())),
    partitioned("day", ("at", x.DayTransform())),
    partitioned("hour", ("at", x.HourTransform())),
    partitioned("several", ("at", x.MonthTransform()), ("id", x.BucketTransform(2)), ("name", x.TruncateTransform(1))),
    Feature("Partition transforms", "a spec that gains and loses a field", SCHEMA,
            [Write(ROWS[:2]), Evolve(add_bucket, ["ALTER TABLE {} ADD PARTITION FIELD bucket(4, id) AS id_bucket"]),
             Write(ROWS[2:4]), Evolve(drop_day, ["ALTER TABLE {} DROP PARTITION FIELD p0"]), Write(ROWS[4:])],
            spec=PartitionSpec(PartitionField(4, 1000, x.DayTransform(), "p0"))),
]
