#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends telemetry to a real `firn up --watch --otel-port`: JSON, gzip and protobuf end in silver, once each; what was
acknowledged outlives SIGKILL. Waits for what must happen, not for times. Ends with 0 when all held.

  otel_test.py FIRN
"""
import gzip
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

DATA = pathlib.Path(__file__).resolve().parents[2] / "src/firn/conversations/otel/testdata"
PATIENCE = 120  # Seconds for what takes one or two on a machine at rest.


def call(number):
    attributes = {"session.id": "0a1b2c3d-0000-4000-8000-00000000000a", "event.name": "api_request", "model": "m",
                  "request_id": f"req_{number}", "input_tokens": "1", "output_tokens": str(number)}
    record = {"timeUnixNano": f"17673230{number:02}000000000", "body": {"stringValue": "claude_code.api_request"},
              "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]}
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


class Watcher:
    def __init__(self, firn, environment):
        self.process = subprocess.Popen([firn, "up", "--watch", "--otel-port", "0", "--models-every", "300ms"],
                                        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.url = re.search(r"http://\S+", self.process.stderr.readline()).group()

    def post(self, path, body, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def end(self, by):
        self.process.send_signal(by)
        self.process.stderr.read()
        return self.process.wait(PATIENCE)


def main():
    firn = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, HOME=folder, FIRN_LAKE=folder + "/lake", TZ="UTC")

        def calls():
            done = subprocess.run([firn, "sql", "SELECT count(*) AS n FROM silver.api_calls WHERE origin = 'otel'"],
                                  env=environment, capture_output=True, text=True)
            return int(json.loads(done.stdout)["n"]) if done.returncode == 0 else -1

        watcher = Watcher(firn, environment)
        assert watcher.post("/v1/logs", call(1), Content_Type="application/json") == 200
        assert watcher.post("/v1/logs", gzip.compress(call(2)), Content_Type="application/json",
                            Content_Encoding="gzip") == 200
        assert watcher.post("/v1/logs", (DATA / "exported.pb").read_bytes(), Content_Type="application/x-protobuf") == 200
        assert watcher.post("/v1/logs", call(1), Content_Type="application/json") == 200  # Sent again.
        assert watcher.post("/v1/logs", b"{", Content_Type="application/json") == 400
        assert watcher.post("/v1/logs", b"x", Content_Type="text/plain") == 415
        assert watcher.post("/v1/else", b"{}", Content_Type="application/json") == 404
        deadline = time.monotonic() + PATIENCE
        while calls() != 3:
            assert time.monotonic() < deadline, calls()
            time.sleep(0.2)
        assert watcher.end(signal.SIGTERM) == 0
        watcher = Watcher(firn, environment)
        assert watcher.post("/v1/logs", call(3), Content_Type="application/json") == 200
        watcher.end(signal.SIGKILL)
        subprocess.run([firn, "up", "--quiet"], env=environment, check=True, stdout=subprocess.DEVNULL)
        assert calls() == 4, calls()


main()
