#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a program under LD_DEBUG=bindings and wants no binding between the OpenSSL inside
libparquet, libarrow or libarrow_s3 and the system's libssl and libcrypto, in either direction, none of the
system's simdjson to theirs, and no symbol of
one big prebuilt library taken from another that only happens to export it.

  bindings_test.py PROGRAM [ARGUMENT...]
"""

import os
import re
import subprocess
import sys
import tempfile

BINDING = re.compile(r"binding file (\S+) \[\d+\] to (\S+) \[\d+\]: \w+ symbol `([^']+)'")
BIG = ("libparquet", "libarrow", "libarrow_s3")
SYSTEM = ("libssl", "libcrypto")


def library(path):
    return os.path.basename(path).split(".")[0]


def crossing(source, target, symbol):
    source, target = library(source), library(target)
    if source in BIG and target in SYSTEM or source in SYSTEM and target in BIG:
        return True
    if "8simdjson" in symbol and not symbol.startswith("firn_arrow_") and (source in BIG or target in BIG):
        return True
    duck = (source == "libduckdb") != (target == "libduckdb")
    return duck and source.startswith("lib") and target in BIG + ("libduckdb",) and not symbol.startswith("_Z")


def main():
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "bindings")
        env = dict(os.environ, LD_DEBUG="bindings", LD_DEBUG_OUTPUT=log, LD_BIND_NOW="1")
        subprocess.run(sys.argv[1:], env=env, check=True, stdout=subprocess.DEVNULL)
        seen, bad = 0, []
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), errors="replace") as lines:
                for line in lines:
                    match = BINDING.search(line)
                    if match:
                        seen += 1
                        if crossing(*match.groups()):
                            bad.append(match.groups())
    if seen == 0:
        print("no binding was seen: LD_DEBUG said nothing")
        return 1
    for source, target, symbol in bad[:20]:
        print(f"{source} takes {symbol} from {target}")
    print(f"{seen} bindings, {len(bad)} that cross")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
