#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the ways of ranking that `firn search` has on questions whose answers are known.

A lake is filled with conversations about a dozen matters (topics.json), each of some of a matter's sentences, and one
word of its own. Asked is by matters, in words that no one conversation has all of, and by those single words. Fails
where --combined finds less than words alone, or --semantic less than it should. Call: oracle.py FIRN
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import uuid

TOPICS = json.loads((pathlib.Path(__file__).parent / "topics.json").read_text())
EACH = 8  # Conversations of a matter.
MODES = {"words": [], "semantic": ["--semantic"], "combined": ["--combined"]}


def write_sessions(folder):
    """Writes Claude Code's files; returns {topic: ids} and {own word: id}."""
    chance = random.Random(7)
    of_topic, of_word = {}, {}
    for topic, content in TOPICS.items():
        for number in range(EACH):
            session = str(uuid.UUID(int=chance.getrandbits(128), version=4))
            word = "".join(chance.choice("bdfglmnprstvz") + chance.choice("aeiou") for _ in range(4))
            said = chance.sample(content["sentences"], 4) + ["The ticket is called " + word + "."]
            lines = []
            for at, text in enumerate(said):
                role = "user" if at % 2 == 0 else "assistant"
                message = {"role": role, "content": text if role == "user" else [{"type": "text", "text": text}]}
                if role == "assistant":
                    message.update({"id": f"msg_{session[:8]}_{at}", "type": "message", "model": "claude-sonnet-4-5"})
                lines.append({"type": role, "sessionId": session, "uuid": f"{session[:-4]}{at:04d}", "cwd": "/home/ada/x",
                              "version": "2.1.38", "timestamp": f"2025-11-05T10:{number:02d}:{at:02d}.000Z",
                              "message": message})
            (folder / f"{session}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
            of_topic.setdefault(topic, set()).add(session)
            of_word[word] = session
    return of_topic, of_word


def main():
    firn = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="firn-oracle-") as top:
        projects = pathlib.Path(top, "projects", "-home-ada-x")
        projects.mkdir(parents=True)
        of_topic, of_word = write_sessions(projects)
        environment = {"PATH": "/usr/bin:/bin", "HOME": top, "TZ": "UTC", "FIRN_LAKE": top + "/lake", "USER": "ada"}

        def run(*words):
            done = subprocess.run([firn, *words], env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            return done.stdout

        def found(mode, question):
            rows = json.loads(run("search", *MODES[mode], "--json", "--limit", "10", "--", *question.split()))["data"]
            return list(dict.fromkeys(row["conversation_id"] for row in rows))

        run("up", str(projects.parent), "--quiet")
        asked = [(q, of_topic[t]) for t, content in TOPICS.items() for q in content["questions"]]
        named = [(word, {session}) for word, session in list(of_word.items())[::8]]
        scores = {}
        for mode in MODES:
            precision = [len(set(found(mode, q)[:5]) & right) / 5 for q, right in asked]
            first = [1 if set(found(mode, q)[:1]) & right else 0 for q, right in named]
            scores[mode] = (sum(precision) / len(precision), sum(first) / len(first))
            print(f"{mode:9} precision at 5 by matter {scores[mode][0]:.2f}, first by own word {scores[mode][1]:.2f}")
    for at in (0, 1):
        assert scores["combined"][at] >= scores["words"][at], "combined ranking finds less than words alone"
    assert scores["semantic"][0] >= 0.6, "semantic ranking finds too little"
    return 0


sys.exit(main())
