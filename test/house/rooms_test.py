#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/architecture.md says of every room what it may use; CMake must say the same, what the build
links must lie within it, and the graph must have no loop.

  rooms_test.py BUILD/rooms.txt
"""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def parse(lines):
    table = {}
    for line in lines:
        room, colon, allowed = line.partition(":")
        if colon:
            table[room.strip()] = allowed.split()
    return table


def of_docs(names):
    """The table of rooms: | `room` | what | may use |; "A to B" is every room from A to B."""
    table = {}
    with open(os.path.join(ROOT, "docs", "architecture.md"), encoding="utf-8") as file:
        for line in file:
            match = re.match(r"\|\s*`(\w+(?:/\w+)?)/?`\s*\|.*\|\s*([^|]*?)\s*\|\s*$", line)
            if match:
                used = []
                for part in match.group(2).replace("nothing", "").split(","):
                    ends = part.split(" to ")
                    if len(ends) == 2:
                        first, last = (names.index(end.strip()) for end in ends)
                        used += names[first:last + 1]
                    elif part.strip():
                        used.append(part.strip())
                table[match.group(1)] = used
    return table


def main():
    script = os.path.join(ROOT, "cmake", "print_rooms.cmake")
    out = subprocess.run(["cmake", "-P", script], capture_output=True, text=True, check=True)
    allowed = parse(out.stdout.splitlines())
    names = list(allowed)
    faults = []
    for index, room in enumerate(names):
        for used in allowed[room]:
            if used not in names[:index]:
                faults.append(f"{room} may use {used}, which is not below it")
    docs = of_docs(names)
    for room in sorted(set(allowed) | set(docs)):
        if set(allowed.get(room, ["?"])) != set(docs.get(room, ["?"])):
            faults.append(f"{room}: CMake allows {sorted(allowed.get(room, []))}, "
                          f"docs/architecture.md says {sorted(docs.get(room, []))}")
    with open(sys.argv[1], encoding="utf-8") as file:
        built = parse(file)
    for room, used in built.items():
        if not set(used) <= set(allowed[room]):
            faults.append(f"the build lets {room} use {sorted(set(used) - set(allowed[room]))}")
    if not built:
        faults.append("the build names no room")
    print("\n".join(faults) if faults else f"{len(names)} rooms, {len(built)} built")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
