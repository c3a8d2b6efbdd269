#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the secret rules against those of gitleaks: texts made from its patterns must be found, and what its
allowlists let pass must be left alone.

Call: gitleaks_test.py FIRN GITLEAKS_TOML. Ends with 77 (skipped) where the rules are not there.
"""
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import tomllib

try:
    import re._parser as sre_parse
except ImportError:
    import sre_parse

# Rules of gitleaks for secrets that ours know too. The others are of services that these rules leave to candidates,
# or their patterns also take texts that are no such secret (a JWT without a signature, a webhook of another host).
COVERED = """anthropic-admin-api-key anthropic-api-key aws-access-token aws-amazon-bedrock-api-key-long-lived
azure-ad-client-secret databricks-api-token digitalocean-access-token digitalocean-pat doppler-api-token
flyio-access-token gcp-api-key github-app-token github-fine-grained-pat github-oauth github-pat github-refresh-token
gitlab-deploy-token gitlab-feature-flag-client-token gitlab-feed-token gitlab-incoming-mail-token
gitlab-kubernetes-agent-token gitlab-oauth-app-secret gitlab-pat gitlab-ptt gitlab-runner-authentication-token
gitlab-scim-token grafana-cloud-api-token grafana-service-account-token hashicorp-tf-api-token heroku-api-key-v2
huggingface-access-token huggingface-organization-api-token linear-api-key notion-api-token
npm-access-token openai-api-key perplexity-api-key planetscale-api-token pypi-upload-token
rubygems-api-token sendgrid-api-token sentry-org-token sentry-user-token shopify-access-token
shopify-custom-access-token shopify-private-app-access-token shopify-shared-secret slack-bot-token
slack-user-token stripe-access-token twilio-api-key age-secret-key""".split()
ROUNDS = 5
WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def members(items):
    """The characters of a set, as far as they are printable ASCII."""
    chars = set()
    for kind, value in items:
        kind = str(kind)
        if kind == "LITERAL":
            chars.add(chr(value))
        elif kind == "RANGE":
            chars.update(chr(code) for code in range(value[0], value[1] + 1))
        elif kind == "CATEGORY":
            name = str(value)
            chars.update("0123456789" if "DIGIT" in name else WORD + "_" if "WORD" in name else " ")
    return sorted(c for c in chars if " " <= c <= "~") or [" "]


def make(tree, noise):
    """A text that the parsed pattern matches."""
    out = ""
    for kind, value in tree:
        kind = str(kind)
        if kind == "LITERAL":
            out += chr(value)
        elif kind == "IN":
            out += noise.choice(members(value))
        elif kind == "ANY":
            out += noise.choice(WORD)
        elif kind == "BRANCH":
            out += make(noise.choice(value[1]), noise)
        elif kind == "SUBPATTERN":
            out += make(value[3], noise)
        elif kind in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, inner = value
            count = least if most > 400 and least > 0 else noise.randint(least, min(most, least + 40))
            out += "".join(make(inner, noise) for _ in range(count))
    return out


def python_pattern(pattern):
    """A Go pattern as Python's parser takes it; case is not varied."""
    pattern = re.sub(r"\(\?-?i:", "(?:", pattern).replace("(?i)", "").replace(r"\z", "$")
    return re.sub(r"\(\?:\[\\x60'\"\\s;\]\|\\\\\[nr\]\|\$\)$", "", pattern)


def entropy(text):
    from math import log2
    return -sum(text.count(c) / len(text) * log2(text.count(c) / len(text)) for c in set(text)) if text else 0


def main():
    firn, rules = sys.argv[1], pathlib.Path(sys.argv[2])
    if not rules.exists():
        print(f"skipped: {rules} is not there")
        sys.exit(77)
    noise = random.Random(20251105)
    by_id = {rule["id"]: rule for rule in tomllib.loads(rules.read_text())["rules"]}
    lines = []
    for name in COVERED:
        rule = by_id[name]
        tree = sre_parse.parse(python_pattern(rule["regex"]))
        for _ in range(ROUNDS):
            text = make(tree, noise)
            # A full stop at the end of a token is taken for that of the sentence.
            while entropy(text) < rule.get("entropy", 0) + 0.3 or text.endswith("."):
                text = make(tree, noise)
            lines.append((name, text.replace("\n", " ")))
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, HOME=folder, FIRN_LAKE=folder + "/lake")
        pathlib.Path(folder, "lake").mkdir()
        pathlib.Path(folder, "lake", "firn.toml").write_text("[lake]\nformat = 1\n")
        given = "\n".join(text for _, text in lines) + "\n"
        done = subprocess.run([firn, "redact", "-"], input=given.encode(), env=environment, capture_output=True)
    if done.returncode != 0:
        sys.exit(done.stderr.decode())
    shown = done.stdout.decode().splitlines()
    missed = {}
    for (name, text), line in zip(lines, shown, strict=True):
        if "[REDACTED:" not in line:
            missed.setdefault(name, text)
    for name, text in missed.items():
        print(f"missed: {name}: {text[:100]}")
    print(f"{len(lines)} texts of {len(COVERED)} rules, {len(missed)} rules missed")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
