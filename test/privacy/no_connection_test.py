#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing that was not configured connects to anywhere: the verbs on people's words run in a network namespace of their
own, in which every address leads back to the machine itself, so that the kernel counts each attempt.

Call: no_connection_test.py FIRN HISTORIES. Ends with 77 (skipped) where no such namespace can be made.
"""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

INSIDE = "--inside"
COUNTED = {"Tcp": ("ActiveOpens", "OutSegs"), "Udp": ("OutDatagrams", "NoPorts")}
VERBS = [
    ["up"],
    ["run", "--full-refresh"],
    ["usage"],
    ["usage", "--html"],
    ["sql", "SELECT count(*) FROM silver.messages"],
    ["search", "the"],
    ["embed"],
    ["search", "--semantic", "the"],
    ["export", "training", "{home}/set", "--format", "openai_jsonl",
     "--min-conversations", "1"],
    ["redact", "--dry-run"],
    ["maintain"],
    ["doctor", "--verify"],
]


def attempts():
    """What this namespace sent so far, by the kernel's counters."""
    lines = [line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines()]
    tables = {names[0].rstrip(":"): dict(zip(names, figures)) for names, figures in zip(lines[::2], lines[1::2])}
    return {f"{table}.{name}": int(tables[table][name]) for table, names in COUNTED.items() for name in names}


def check_that_attempts_count():
    """A connection and a datagram to somewhere else are seen; without that, zero would prove nothing."""
    before = attempts()
    with socket.socket() as stream:
        stream.settimeout(0.2)
        assert stream.connect_ex(("203.0.113.1", 443)) != 0
    with socket.socket(type=socket.SOCK_DGRAM) as datagram:
        datagram.sendto(b"x", ("203.0.113.1", 53))
    after = attempts()
    for name in ("Tcp.ActiveOpens", "Udp.OutDatagrams"):
        assert after[name] > before[name], f"the kernel does not count {name}: {before} and then {after}"


def inside(firn, histories):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "route", "add", "default", "dev", "lo"], check=True)
    check_that_attempts_count()
    with tempfile.TemporaryDirectory() as home:
        shutil.copytree(pathlib.Path(histories) / "claude_code", pathlib.Path(home) / ".claude")
        environment = {"HOME": home, "PATH": os.environ["PATH"], "USER": "ada", "TZ": "UTC"}
        before = attempts()
        for verb in VERBS:
            command = [firn, *(word.format(home=home) for word in verb)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr}"
            assert attempts() == before, f"{command} went to the network: {before} and then {attempts()}"
    print(f"{len(VERBS)} verbs, no attempt to connect to anywhere")


def can_separate():
    probe = ["unshare", "-rn", "sh", "-c", "ip link set lo up && ip route add default dev lo"]
    return all(map(shutil.which, ("unshare", "ip"))) and subprocess.run(probe, capture_output=True, check=False).returncode == 0


def main():
    if sys.argv[1] == INSIDE:
        return inside(*sys.argv[2:])
    if not can_separate():
        print("skipped: this machine lets nobody make a network namespace (unshare -rn, ip)")
        return 77
    return subprocess.run(["unshare", "-rn", sys.executable, __file__, INSIDE, *sys.argv[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
