#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a file of events as a web shop's collector would, one JSON object a line: the same for the same arguments.

  events.py FILE [--megabytes 1024] [--seed 1]

Prints what it holds as JSON: events, bytes and the sum of `duration_ms`. Words, users and pages are as unevenly used as real
ones, so that it becomes about as small as real ones do.
"""
import argparse
import datetime
import json
import random
import sys
import uuid

TYPES = ["page_view"] * 12 + ["click"] * 6 + ["search"] * 3 + ["add_to_cart", "purchase", "error"]
COUNTRIES = ["DE"] * 8 + ["AT", "CH", "FR", "NL", "PL", "US", "GB", "DK"]
BROWSERS = ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"]
SYLLABLES = ["ka", "lo", "mi", "ren", "sta", "vor", "bel", "tu", "ness", "al", "qui", "der", "fo", "gan", "hi", "jo"]


class Shop:
    """What visitors do: words, pages and users by a long tail."""

    def __init__(self, rng):
        self.words = ["".join(rng.choices(SYLLABLES, k=rng.randrange(1, 4))) for _ in range(4000)]
        self.pages = ["/" + "/".join(rng.choices(self.words, k=rng.randrange(1, 4))) for _ in range(3000)]
        self.users = [f"u{rng.getrandbits(40):010x}" for _ in range(200_000)]
        self.last_session = ""

    @staticmethod
    def tail(rng, items):
        return items[int(len(items) * rng.random() ** 3)]

    def event(self, rng, time):
        kind = rng.choice(TYPES)
        duration = round(rng.lognormvariate(4, 1.2), 2)
        event = {"event_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "type": kind, "timestamp": time, "user_id": self.tail(rng, self.users),
                 "session_id": self.session(rng),
                 "page": self.tail(rng, self.pages), "address": ".".join(str(rng.randrange(1, 255)) for _ in range(4)), "duration_ms": duration, "status": 500 if kind == "error" else 200,
                 "bytes_sent": int(rng.lognormvariate(9, 1)), "is_mobile": rng.random() < 0.4,
                 "context": {"country": rng.choice(COUNTRIES), "browser": rng.choice(BROWSERS), "screen_width": rng.choice([390, 1440, 1920])}}
        if kind != "page_view":
            event["message"] = " ".join(self.tail(rng, self.words) for _ in range(rng.randrange(3, 40)))
        if kind == "purchase":
            event["amount"] = round(rng.lognormvariate(3, 1), 2)
        return event, duration

    def session(self, rng):
        if not self.last_session or rng.random() < 0.25:
            self.last_session = f"{rng.getrandbits(64):016x}"
        return self.last_session


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    shop = Shop(rng)
    start = datetime.datetime(2025, 11, 1)
    wanted, written, count, hundredths, seconds = arguments.megabytes << 20, 0, 0, 0, 0.0
    with open(arguments.file, "w", encoding="utf-8") as out:
        while written < wanted:
            seconds += rng.expovariate(1.3)
            time = (start + datetime.timedelta(seconds=seconds)).isoformat(timespec="milliseconds") + "Z"
            event, duration = shop.event(rng, time)
            line = json.dumps(event, separators=(",", ":")) + "\n"
            out.write(line)
            written += len(line)
            count += 1
            hundredths += round(duration * 100)
    json.dump({"events": count, "bytes": written, "duration_hundredths": hundredths}, sys.stdout)


if __name__ == "__main__":
    main()
