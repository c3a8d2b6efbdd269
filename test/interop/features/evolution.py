# SPDX-License-Identifier: Apache-2.0
"""Schemas that change while the table has rows."""
import decimal

from pyiceberg import types as t

from features.types import list_of, struct
from matrix import Evolve, Feature, Write, columns

D = decimal.Decimal


def evolved(name, before, change, sql, after, old_rows, new_rows, seen, **more):
    def by_pyiceberg(table):
        with table.update_schema(allow_incompatible_changes=True) as update:
            change(update)
    return Feature("Schema evolution", name, columns(*before), [Write(old_rows), Evolve(by_pyiceberg, sql), Write(new_rows)],
                   expected=[*seen, *new_rows], final_schema=columns(*after), **more)


L, S = t.LongType(), t.StringType()


def swap(update):
    update.delete_column("b")
    update.add_column("b", t.LongType())


FEATURES = [
    evolved("add a column", [("a", L)], lambda u: u.add_column("b", S), ["ALTER TABLE {} ADD COLUMN b string"],
            [("a", L), ("b", S)], [{"a": 1}], [{"a": 2, "b": "x"}], [{"a": 1, "b": None}]),
    evolved("drop a column", [("a", L), ("b", S)], lambda u: u.delete_column("b"), ["ALTER TABLE {} DROP COLUMN b"],
            [("a", L)], [{"a": 1, "b": "x"}], [{"a": 2}], [{"a": 1}]),
    evolved("rename a column", [("a", L), ("b", S)], lambda u: u.rename_column("b", "c"),
            ["ALTER TABLE {} RENAME COLUMN b TO c"], [("a", L), ("c", S)], [{"a": 1, "b": "x"}], [{"a": 2, "c": "y"}],
            [{"a": 1, "c": "x"}]),
    evolved("reorder columns", [("a", L), ("b", S)], lambda u: u.move_first("b"), ["ALTER TABLE {} ALTER COLUMN b FIRST"],
            [("b", S), ("a", L)], [{"a": 1, "b": "x"}], [{"b": "y", "a": 2}], [{"a": 1, "b": "x"}]),
    evolved("a dropped name used again", [("a", L), ("b", S)], swap,
            ["ALTER TABLE {} DROP COLUMN b", "ALTER TABLE {} ADD COLUMN b bigint"], [("a", L), ("b", L)],
            [{"a": 1, "b": "x"}], [{"a": 2, "b": 7}], [{"a": 1, "b": None}]),
    evolved("int to long", [("a", t.IntegerType())], lambda u: u.update_column("a", L),
            ["ALTER TABLE {} ALTER COLUMN a TYPE bigint"], [("a", L)], [{"a": -5}], [{"a": 2**40}], [{"a": -5}]),
    evolved("float to double", [("a", t.FloatType())], lambda u: u.update_column("a", t.DoubleType()),
            ["ALTER TABLE {} ALTER COLUMN a TYPE double"], [("a", t.DoubleType())], [{"a": 0.5}], [{"a": 0.1}], [{"a": 0.5}]),
    evolved("a wider decimal", [("a", t.DecimalType(9, 2))], lambda u: u.update_column("a", t.DecimalType(20, 2)),
            ["ALTER TABLE {} ALTER COLUMN a TYPE decimal(20,2)"], [("a", t.DecimalType(20, 2))], [{"a": D("-1.50")}],
            [{"a": D("123456789012345678.25")}], [{"a": D("-1.50")}]),
    evolved("required to optional", [("a", L, True)], lambda u: u.make_column_optional("a"),
            ["ALTER TABLE {} ALTER COLUMN a DROP NOT NULL"], [("a", L)], [{"a": 1}], [{"a": None}], [{"a": 1}]),
    evolved("add a field of a struct", [("s", struct(("x", L)))], lambda u: u.add_column(("s", "y"), S),
            ["ALTER TABLE {} ADD COLUMN s.y string"], [("s", struct(("x", L), ("y", S)))], [{"s": {"x": 1}}, {"s": None}],
            [{"s": {"x": 2, "y": "b"}}], [{"s": {"x": 1, "y": None}}, {"s": None}]),
    evolved("rename a field of a struct", [("s", struct(("x", L), ("y", S)))], lambda u: u.rename_column(("s", "y"), "z"),
            ["ALTER TABLE {} RENAME COLUMN s.y TO z"], [("s", struct(("x", L), ("z", S)))], [{"s": {"x": 1, "y": "a"}}],
            [{"s": {"x": 2, "z": "b"}}], [{"s": {"x": 1, "z": "a"}}]),
    evolved("drop a field of a struct", [("s", struct(("x", L), ("y", S)))], lambda u: u.delete_column(("s", "y")),
            ["ALTER TABLE {} DROP COLUMN s.y"], [("s", struct(("x", L)))], [{"s": {"x": 1, "y": "a"}}], [{"s": {"x": 2}}],
            [{"s": {"x": 1}}]),
    evolved("promote inside a list of structs", [("v", list_of(struct(("x", t.IntegerType()))))],
            lambda u: u.update_column(("v", "element", "x"), L), ["ALTER TABLE {} ALTER COLUMN v.element.x TYPE bigint"],
            [("v", list_of(struct(("x", L))))], [{"v": [{"x": 1}]}], [{"v": [{"x": 2**40}]}], [{"v": [{"x": 1}]}]),
]
