#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes Claude Code histories of any size, the same for the same seed.

  histories.py OUT --sessions 22000 --calls 7          many small sessions
  histories.py OUT --megabytes 1024                    sessions until that many bytes are written
  histories.py OUT --megabytes 2048 --sessions 1       one single file
  histories.py OUT --sessions 1 --big-record 16        with one record of 16 MB

Shaped after real ones: an API response stands in one to four records (one per content block, the same
message.id, output tokens grow), tool results quote files again and again, a fork repeats its parent's
records under a new session id, subagents have files of their own, cache writes are of 5 minutes and of
1 hour, some records are no messages at all. OUT.expected.json holds what must come out: each message.id
once, with its largest output, counted here while writing and not by any reader.
"""

import argparse
import datetime
import json
import os
import random
import uuid

MODELS = [("claude-sonnet-4-5-20250929", 70), ("claude-haiku-4-5-20251001", 20), ("claude-opus-4-1-20250805", 10)]
START = datetime.datetime(2025, 9, 1, tzinfo=datetime.timezone.utc)
KINDS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")


class Words:
    """Text that compresses as the real does: few words often, whole files again and again."""

    def __init__(self, random_):
        self.random = random_
        letters = "etaoinshrdlucmfwypvbgkjqxz"
        weights = range(len(letters), 0, -1)
        self.words = ["".join(random_.choices(letters, weights, k=random_.randint(2, 9))) for _ in range(3000)]
        self.common = self.words[:200]
        self.files = [self.escape(self.source_file(random_.randint(10, 300))).split("\\n") for _ in range(400)]

    @staticmethod
    def escape(text):
        return json.dumps(text)[1:-1]

    def sentence(self, count):
        picked = [self.random.choice(self.common if self.random.random() < 0.6 else self.words) for _ in range(count)]
        return " ".join(picked)

    def excerpt(self):
        """Some lines of one of the files, escaped, and how many."""
        lines = self.random.choice(self.files)
        first = self.random.randrange(len(lines))
        lines = lines[first:first + int(self.random.expovariate(1 / 40)) + 1]
        return "\\n".join(lines), len(lines)

    def source_file(self, lines):
        name = self.random.choice
        made = []
        for number in range(1, lines + 1):
            indent = "    " * self.random.randint(0, 3)
            shape = self.random.randint(0, 4)
            a, b, c = name(self.common), name(self.words), name(self.common)
            made.append(f"{number:>6}\t" + (
                f"{indent}{a} = {b}.{c}({a})", f"{indent}if {a} != {b}[{number % 7}]:", f"{indent}return {a}_{b}",
                f"{indent}# {self.sentence(6)}", f'{indent}"{a}": "{b} {c}",')[shape])
        return "\n".join(made)


class Histories:
    def __init__(self, arguments):
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.words = Words(self.random)
        self.written = 0
        self.files = 0
        self.records = 0
        self.calls = 0
        self.totals = dict.fromkeys(KINDS, 0)
        self.by_model = {}
        self.by_day = {}

    def new_uuid(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def new_id(self, prefix):
        return f"{prefix}_01{self.random.getrandbits(128):025x}"[:28]

    def write(self, path, lines):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            for line in lines:
                file.write(line)
                file.write("\n")
                self.written += len(line) + 1  # Everything written is ASCII.
                self.records += 1
        self.files += 1

    def count(self, model, time, usage):
        self.calls += 1
        for kind, figure in zip(KINDS, usage):
            self.totals[kind] += figure
        for table, key in ((self.by_model, model), (self.by_day, time[:10])):
            row = table.setdefault(key, dict.fromkeys(KINDS, 0))
            for kind, figure in zip(KINDS, usage):
                row[kind] += figure

    def session(self, session_id, project, calls, agent_of=None, big=0):
        """Yields the records of one session, without their session id's value."""
        pick = self.random
        now = START + datetime.timedelta(seconds=pick.randint(0, 90 * 86400))
        parent = "null"
        model = pick.choices([m for m, _ in MODELS], [w for _, w in MODELS])[0]
        cached = pick.randint(9000, 18000)
        owner = agent_of or session_id
        agent = f'"agentId":"{session_id}",' if agent_of else ""

        def stamp(seconds):
            nonlocal now
            now += datetime.timedelta(milliseconds=int(seconds * 1000))
            return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"

        def record(kind, body):
            nonlocal parent
            own = self.new_uuid()
            line = (f'{{"parentUuid":{parent},"isSidechain":{"true" if agent_of else "false"},{agent}"userType":"external",'
                    f'"cwd":"/home/ada/{project}","sessionId":"{owner}","version":"2.1.38","gitBranch":"main",'
                    f'"type":"{kind}",{body},"uuid":"{own}","timestamp":"{stamp(pick.uniform(0.2, 9))}"}}')
            parent = f'"{own}"'
            return line

        for call in range(calls):
            if call % 6 == 0:
                text = self.words.sentence(pick.randint(5, 60))
                if big:
                    text, big = (self.words.sentence(200) + " ") * (big // 1200), 0
                yield record("user", f'"message":{{"role":"user","content":"{text}"}}')
            blocks = [f'{{"type":"text","text":"{self.words.sentence(pick.randint(8, 120))}"}}']
            tool = None
            if pick.random() < 0.3:
                blocks.insert(0, f'{{"type":"thinking","thinking":"{self.words.sentence(40)}","signature":"c2ln"}}')
            if pick.random() < 0.75:
                tool = self.new_id("toolu")
                path = f"/home/ada/{project}/src/{pick.choice(self.words.common)}.py"
                blocks.append(f'{{"type":"tool_use","id":"{tool}","name":"Read","input":{{"file_path":"{path}"}}}}')
            message, request = self.new_id("msg"), self.new_id("req")
            fresh, long = pick.randint(200, 4000), pick.random() < 0.4
            output = pick.randint(30, 1500)
            first = None
            for number, block in enumerate(blocks):
                so_far = output if number == len(blocks) - 1 else pick.randint(1, 8)
                line = record("assistant", (
                    f'"message":{{"model":"{model}","id":"{message}","type":"message","role":"assistant","content":[{block}],'
                    f'"stop_reason":null,"stop_sequence":null,"usage":{{"input_tokens":4,"cache_creation_input_tokens":{fresh},'
                    f'"cache_read_input_tokens":{cached},"cache_creation":{{"ephemeral_5m_input_tokens":{0 if long else fresh},'
                    f'"ephemeral_1h_input_tokens":{fresh if long else 0}}},"output_tokens":{so_far},"service_tier":"standard"}}}},'
                    f'"requestId":"{request}"'))
                first = first or now
                yield line
            self.count(model, first.isoformat(), (4, output, cached, 0 if long else fresh, fresh if long else 0))
            cached += fresh
            if tool:
                content, lines = self.words.excerpt()
                yield record("user", (
                    f'"message":{{"role":"user","content":[{{"tool_use_id":"{tool}","type":"tool_result","content":"{content}"}}]}},'
                    f'"toolUseResult":{{"type":"text","file":{{"filePath":"{path}","content":"{content}",'
                    f'"numLines":{lines}}}}}'))
            if pick.random() < 0.2:
                yield record("progress", f'"data":{{"type":"hook_progress","hookEvent":"PostToolUse","command":"{self.words.sentence(4)}"}}')

    def full(self):
        limit = self.arguments.megabytes * 1024 * 1024
        return limit and self.written >= limit

    def calls_of_session(self):
        if self.arguments.sessions == 1 and self.arguments.megabytes:
            return 1 << 60
        return max(1, int(self.random.expovariate(1 / self.arguments.calls)) + 1)

    def until_full(self, lines):
        """Stops between responses, so that each one that is counted is there as a whole."""
        start, size = self.written, 0
        for line in lines:
            yield line
            size += len(line) + 1
            limit = self.arguments.megabytes * 1024 * 1024
            if limit and start + size >= limit and '"type":"assistant"' not in line:
                return

    def make(self):
        root = os.path.join(self.arguments.out, "projects")
        number = 0
        while not self.full() and (not self.arguments.sessions or number < self.arguments.sessions):
            project = f"project-{self.random.randint(0, 40)}"
            folder = os.path.join(root, f"-home-ada-{project}")
            session = self.new_uuid()
            lines = self.session(session, project, self.calls_of_session(), big=self.arguments.big_record * 1000000)
            if self.arguments.sessions == 1:
                self.write(os.path.join(folder, session + ".jsonl"), self.until_full(lines))
                number += 1
                continue
            lines = list(lines)
            self.write(os.path.join(folder, session + ".jsonl"), lines)
            number += 1
            if self.random.random() < 0.04 and not self.full():
                fork = self.new_uuid()
                kept = lines[:max(1, len(lines) * 2 // 3)]
                self.write(os.path.join(folder, fork + ".jsonl"), (line.replace(session, fork) for line in kept))
                number += 1
            if self.random.random() < 0.06 and not self.full():
                agent = f"a{self.random.getrandbits(28):07x}"
                path = os.path.join(folder, session, "subagents", f"agent-{agent}.jsonl")
                self.write(path, self.session(agent, project, self.random.randint(1, 12), agent_of=session))
        return {"seed": self.arguments.seed, "files": self.files, "bytes": self.written, "records": self.records,
                "calls": self.calls, "totals": self.totals, "by_model": self.by_model, "by_day": self.by_day}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out")
    parser.add_argument("--sessions", type=int, default=0, help="how many session files")
    parser.add_argument("--megabytes", type=int, default=0, help="stop when so much is written")
    parser.add_argument("--calls", type=float, default=40, help="API calls of a session, on average")
    parser.add_argument("--big-record", type=int, default=0, help="megabytes of the first prompt")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if not arguments.sessions and not arguments.megabytes:
        arguments.sessions = 20
    expected = Histories(arguments).make()
    with open(arguments.out.rstrip("/") + ".expected.json", "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=1, sort_keys=True)
    print(json.dumps({key: expected[key] for key in ("files", "bytes", "records", "calls", "totals")}))


if __name__ == "__main__":
    main()
