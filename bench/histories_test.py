#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The generator's own count equals what is in the files, and one seed gives one history."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HISTORIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "histories.py")


def make(folder, *options):
    subprocess.run([sys.executable, HISTORIES, folder, *options], check=True, stdout=subprocess.DEVNULL)
    files = sorted(pathlib.Path(folder).rglob("*.jsonl"))
    digest = hashlib.sha256()
    best, records = {}, 0
    for path in files:
        data = path.read_bytes()
        digest.update(str(path.relative_to(folder)).encode() + data)
        for line in data.splitlines():
            records += 1
            record = json.loads(line)
            if record["type"] == "assistant":
                message = record["message"]
                known = best.get(message["id"])
                if known is None or known["output_tokens"] < message["usage"]["output_tokens"]:
                    best[message["id"]] = message["usage"]
    totals = {"input": 0, "output": 0, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0}
    for usage in best.values():
        totals["input"] += usage["input_tokens"]
        totals["output"] += usage["output_tokens"]
        totals["cache_read"] += usage["cache_read_input_tokens"]
        totals["cache_write_5m"] += usage["cache_creation"]["ephemeral_5m_input_tokens"]
        totals["cache_write_1h"] += usage["cache_creation"]["ephemeral_1h_input_tokens"]
    with open(folder + ".expected.json", encoding="utf-8") as file:
        expected = json.load(file)
    seen = {"files": len(files), "records": records, "calls": len(best), "totals": totals}
    for key, figure in seen.items():
        assert expected[key] == figure, f"{options}: {key}: says {expected[key]}, the files hold {figure}"
    return digest.hexdigest(), totals


def main():
    with tempfile.TemporaryDirectory() as place:
        many = ("--sessions", "60", "--calls", "8")
        first, _ = make(os.path.join(place, "a"), *many)
        again, _ = make(os.path.join(place, "b"), *many)
        other, _ = make(os.path.join(place, "c"), *many, "--seed", "2")
        assert first == again, "one seed gave two histories"
        assert first != other, "two seeds gave one history"
        make(os.path.join(place, "d"), "--sessions", "1", "--megabytes", "2")
    print("generated histories hold what they say")


if __name__ == "__main__":
    main()
