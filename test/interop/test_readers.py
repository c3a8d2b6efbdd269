# SPDX-License-Identifier: Apache-2.0
"""Every table of a lake has the same rows whoever reads it."""
import pytest

from canonical import digest, first_difference

# What every lake has after `firn up`.
TABLES = [
    "bronze.conversations", "bronze.source_files", "silver.conversations", "silver.messages", "silver.tool_calls",
    "silver.api_calls", "silver.conversation_quality", "silver.model_prices", "gold.conversation_summary",
    "gold.conversation_time_series", "gold.conversation_chunks", "gold.daily_conversation_metrics",
    "gold.weekly_conversation_metrics", "gold.monthly_conversation_metrics", "gold.token_usage_by_model",
    "gold.daily_costs", "gold.error_rates", "gold.platform_comparison", "gold.user_cohorts",
]
# PyIceberg 0.12 reads a null list of structs as an empty list (lists of plain types are right).
NULL_LIST_OF_STRUCTS_IS_EMPTY = {("pyiceberg", "messages")}


def compare(lake, reader, table, theirs):
    ours = lake.read_firn(table)
    for name, column in NULL_LIST_OF_STRUCTS_IS_EMPTY:
        if name == reader:
            for row in [*ours, *theirs]:
                if column in row and row[column] is None:
                    row[column] = []
    assert digest(ours) == digest(theirs), f"{table} by {reader}:\n{first_difference(ours, theirs)}"
    return len(ours)


def test_the_lake_has_the_tables_of_the_conversation_package(lake):
    assert set(TABLES) <= set(lake.tables())


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("reader", ["pyiceberg", "polars", "duckdb"])
def test_reader_agrees(lake, reader, table):
    theirs = getattr(lake, f"read_{reader}")(table)
    assert compare(lake, reader, table, theirs) > 0


@pytest.mark.parametrize("table", TABLES)
def test_spark_agrees(lake, spark, table):
    theirs = [row.asDict(recursive=True) for row in spark.table(table).collect()]
    zoned = {field.name for field in spark.table(table).schema if field.dataType.simpleString() == "timestamp"}
    assert zoned or "prices" in table or "gold" in table
    for row in theirs:
        utc_instants(row)
    assert compare(lake, "spark", table, theirs) > 0


def utc_instants(value):
    """Spark hands out instants as local times without a zone; the session's zone here is UTC."""
    import datetime
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, datetime.datetime) and item.tzinfo is None:
            value[key] = item.replace(tzinfo=datetime.timezone.utc)
        elif isinstance(item, (dict, list)):
            utc_instants(item)
