# SPDX-License-Identifier: Apache-2.0
"""Each primitive and nested type, with its edges and null."""
import datetime
import decimal
import uuid

from pyiceberg import types as t

from matrix import Feature, Write, columns

D = decimal.Decimal
UTC = datetime.timezone.utc
INSTANTS = [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), datetime.datetime(2025, 11, 5, 9, 30, 0, 123456),
            datetime.datetime(2262, 1, 1)]
AS_BINARY = "Polars hands it over as binary, which PyIceberg refuses"
READ_AS_EMPTY = "PyIceberg 0.12 reads a null list or map of structs as an empty one"
WRITTEN_EMPTY = "PyIceberg 0.12 writes a null list or map of structs as an empty one"
NULL_IS_EMPTY = {"pyiceberg": READ_AS_EMPTY, ("pyiceberg", "*"): WRITTEN_EMPTY, ("polars", "*"): WRITTEN_EMPTY}


def of_type(name, kind, values, nulls=(None,), **more):
    rows = [{"id": i, "v": value} for i, value in enumerate([*values, *nulls])]
    schema = columns(("id", t.LongType()), ("v", kind))
    return Feature("Types", name, schema, [Write(rows)], **more)


def struct(*fields, first=10):
    return t.StructType(*(t.NestedField(first + i, name, kind, required=False) for i, (name, kind) in enumerate(fields)))


def list_of(kind, element=20):
    return t.ListType(element_id=element, element=kind, element_required=False)


def map_of(key, value, first=30):
    return t.MapType(key_id=first, key_type=key, value_id=first + 1, value_type=value, value_required=False)


FEATURES = [
    of_type("boolean", t.BooleanType(), [True, False]),
    of_type("int", t.IntegerType(), [0, -2**31, 2**31 - 1]),
    of_type("long", t.LongType(), [0, -2**63, 2**63 - 1]),
    of_type("float", t.FloatType(), [0.5, -1.5e30, float("inf")]),
    of_type("double", t.DoubleType(), [0.1, -1e300, float("nan"), float("-inf")]),
    of_type("decimal(9,2)", t.DecimalType(9, 2), [D("0.00"), D("-9999999.99"), D("1.50")]),
    of_type("decimal(18,4)", t.DecimalType(18, 4), [D("-0.0001"), D("99999999999999.9999")]),
    of_type("decimal(38,10)", t.DecimalType(38, 10), [D("-1.0000000000"), D("9999999999999999999999999999.9999999999")]),
    of_type("date", t.DateType(), [datetime.date(1969, 12, 31), datetime.date(1970, 1, 1), datetime.date(9999, 12, 31)]),
    of_type("time", t.TimeType(), [datetime.time(0, 0, 0, 1), datetime.time(23, 59, 59, 999999)],
            limits={"spark": "Spark has no type for it"},
            unwritable={"spark": "Spark has no type for it", "polars": "Polars hands over nanoseconds, which PyIceberg refuses"}),
    of_type("timestamp", t.TimestampType(), INSTANTS),
    of_type("timestamptz", t.TimestamptzType(), [value.replace(tzinfo=UTC) for value in INSTANTS]),
    of_type("string", t.StringType(), ["", "snow \u2744", "a\nb\"c\\", "x" * 300]),
    of_type("uuid", t.UUIDType(), [uuid.UUID(int=0), uuid.UUID("f79c3e09-677c-4bbd-a479-3f349cb785e7")],
            unwritable={"polars": AS_BINARY}),
    of_type("fixed(4)", t.FixedType(4), [b"\x00\x01\x02\xff", b"abcd"],
            unwritable={"polars": AS_BINARY}),
    of_type("binary", t.BinaryType(), [b"", b"\x00\xff", b"x" * 300]),
    of_type("struct", struct(("x", t.DoubleType()), ("y", t.StringType())), [{"x": 1.5, "y": None}, {"x": None, "y": "z"}]),
    of_type("list", list_of(t.StringType()), [["a", None], [], ["b"]]),
    of_type("map", map_of(t.StringType(), t.LongType()), [{"a": 1, "b": None}, {}]),
    of_type("map with int keys", map_of(t.IntegerType(), t.StringType()), [{1: "a", -2: None}, {}]),
    of_type("struct in struct", struct(("inner", struct(("x", t.LongType()), first=40))), [{"inner": {"x": 1}}, {"inner": None}]),
    of_type("list of structs", list_of(struct(("x", t.LongType()), ("y", t.StringType()))),
            [[{"x": 1, "y": None}, {"x": None, "y": "b"}], []], nulls=()),
    of_type("null list of structs", list_of(struct(("x", t.LongType()))), [[{"x": 1}]], limits=NULL_IS_EMPTY),
    of_type("list of lists", list_of(list_of(t.LongType(), 21)), [[[1, None], []], []]),
    of_type("map of structs", map_of(t.StringType(), struct(("x", t.LongType()))), [{"a": {"x": 1}, "b": None}], nulls=()),
    of_type("null map of structs", map_of(t.StringType(), struct(("x", t.LongType()))), [{"a": {"x": 1}}], limits=NULL_IS_EMPTY),
    of_type("map of lists", map_of(t.StringType(), list_of(t.LongType())), [{"a": [1, 2], "b": None}, {"c": []}]),
]
