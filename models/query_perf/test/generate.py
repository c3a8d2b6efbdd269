#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes reports of query performance as a database's monitoring would: the same for the same arguments.

  generate.py FOLDER [--from 2025-10-27] [--days 7] [--rows 20] [--weekly] [--seed 1]

Daily files, with --weekly the weekly file of every week begun, index_advisor_report.json and
optimization_summary.txt. Prints what the daily files hold as JSON: rows and the sum of execution times in
microseconds.
"""
import argparse
import datetime
import json
import pathlib
import random

COLUMNS = ("timestamp,query_hash,query_type,execution_time_ms,rows_examined,rows_returned,cache_hit,table_name,"
           "index_used,cpu_time_ms,io_wait_ms")
TABLES = {"orders": ["idx_orders_customer", "idx_orders_placed"], "customers": ["idx_customers_email"],
          "line_items": ["idx_line_items_order"], "events": [], "sessions": ["idx_sessions_user"]}
TYPES = ["SELECT"] * 8 + ["INSERT", "UPDATE"]


class Queries:
    """The queries of an application: each looks alike whenever it runs."""

    def __init__(self, rng, count=200):
        self.shapes = []
        for _ in range(count):
            table = rng.choice(list(TABLES))
            self.shapes.append({"hash": f"{rng.getrandbits(64):016x}", "type": rng.choice(TYPES), "table": table,
                                "index": rng.choice([*TABLES[table], ""]), "ms": rng.lognormvariate(2.5, 1.2),
                                "examined": int(rng.lognormvariate(5, 2))})
        self.weights = [1 / (rank + 1) for rank in range(count)]

    def row(self, rng, time):
        shape = rng.choices(self.shapes, self.weights)[0]
        hit = rng.random() < 0.35
        ms = shape["ms"] * rng.uniform(0.7, 1.6) * (0.2 if hit else 1)
        cpu = ms * rng.uniform(0.3, 0.7)
        examined = 0 if hit else max(1, int(shape["examined"] * rng.uniform(0.9, 1.1)))
        returned = rng.randrange(1, 50)
        line = (f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03d},{shape['hash']},{shape['type']},{ms:.3f},"
                f"{examined},{returned},{'true' if hit else 'false'},{shape['table']},{shape['index']},{cpu:.3f},"
                f"{(ms - cpu) * 0.9:.3f}")
        return line, round(ms, 3)


def day_of(queries, rng, day, rows):
    start = datetime.datetime.combine(day, datetime.time())
    seconds = sorted(rng.uniform(0, 86399) for _ in range(rows))
    return [queries.row(rng, start + datetime.timedelta(seconds=s)) for s in seconds]


def advice(rng, day):
    entries = []
    for table in ("orders", "events", "sessions"):
        entries.append({"table": table, "index": f"idx_{table}_created_at",
                        "query_pattern": f"SELECT * FROM {table} WHERE created_at > ?",
                        "estimated_speedup": round(rng.uniform(1.5, 20), 1),
                        "estimated_cost": round(rng.uniform(10, 500), 1),
                        "priority": rng.choice(["high", "medium", "low"]), "status": rng.choice(["pending", "applied"])})
    return {"generated_at": f"{day}T06:00:00Z", "database": "shop", "recommendations": entries}


def summary(rng, day):
    return f"""Query Optimization Summary
==========================
Generated: {day} 06:00:00

[Queries]
Total queries analyzed: {rng.randrange(10000, 99999):,}
Average query time: {rng.uniform(20, 60):.1f} ms (was {rng.uniform(60, 90):.1f})
Slow queries: {rng.randrange(10, 99)}

[Cache]
Hit rate: {rng.uniform(30, 40):.1f} %

[Actions]
[{day} 05:58:12] INDEX_CREATED table=orders index=idx_orders_placed speedup=3.2
[{day} 05:59:40] QUERY_REWRITTEN query_hash=9f86d081884c7d65 saved_ms=120.5
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--from", dest="first", default="2025-10-27")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--weekly", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    queries = Queries(rng)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    first = datetime.date.fromisoformat(arguments.first)
    days = [first + datetime.timedelta(days=number) for number in range(arguments.days)]
    weeks, count, micros = {}, 0, 0
    for day in days:
        rows = day_of(queries, rng, day, arguments.rows)
        text = "\n".join([COLUMNS, *(line for line, _ in rows)]) + "\n"
        (arguments.folder / f"query_perf_daily_{day:%Y%m%d}.csv").write_text(text)
        weeks.setdefault("%d%02d" % day.isocalendar()[:2], []).extend(line for line, _ in rows)
        count += len(rows)
        micros += sum(round(ms * 1000) for _, ms in rows)
    if arguments.weekly:
        for week, lines in weeks.items():
            (arguments.folder / f"query_perf_weekly_{week}.csv").write_text("\n".join([COLUMNS, *lines]) + "\n")
    (arguments.folder / "index_advisor_report.json").write_text(json.dumps(advice(rng, days[-1]), indent=2) + "\n")
    (arguments.folder / "optimization_summary.txt").write_text(summary(rng, days[-1]))
    print(json.dumps({"rows": count, "execution_time_us": micros}))


main()
