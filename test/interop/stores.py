# SPDX-License-Identifier: Apache-2.0
"""Servers that stand for object stores: S3 (../shared/peers/s3), Google Cloud Storage (fake-gcs-server) and Azure
(Azurite). Each listens on the loopback at a free port, has a bucket "warehouse" and ends by its pid.

`test/interop/run --install-stores` installs the last two. A server has
    bucket       location of its bucket
    section      the tables of firn.toml that lead there; `endpoint` may be another server's
    properties   the same as FileIO properties, for FIRN_STORE_PROPERTIES
    environment  what else its clients need
    stranger     properties of somebody whom it does not let in; None where it lets everybody in
"""
import base64
import contextlib
import email.utils
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
import urllib.request


class Absent(Exception):
    """The server cannot be had here; says why."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def installed(program):
    folder = pathlib.Path(os.environ.get("FIRN_INTEROP_DIR") or pathlib.Path.home() / ".cache/firn-interop")
    path = folder / "stores" / program
    if not path.is_file():
        raise Absent(f"no {path}; `test/interop/run --install-stores` installs it")
    return str(path)


class Daemon:
    """A program that serves at a port until it is stopped."""

    def __init__(self, words, port, log, environment=None):
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=log.parent,
                                            env=dict(os.environ, **(environment or {})))
        for _ in range(300):
            if self.process.poll() is not None:
                raise Absent(f"{words[0]} ended: {log.read_text(errors='replace')[-500:]}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.1)
        self.stop()
        raise Absent(f"{words[0]} did not answer within 30 s")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class S3:
    environment = {"AWS_ACCESS_KEY_ID": "admin", "AWS_SECRET_ACCESS_KEY": "password"}
    bucket = "s3://warehouse"

    def __init__(self, folder, peers):
        self.script = str(peers / "s3" / "server")
        if not pathlib.Path(self.script).is_file():
            raise Absent(f"no {peers.name}/s3 beside the project")
        port = free_port()
        self.own = dict(os.environ, FIRN_PEERS_RUN=str(folder / "run"))
        started = subprocess.run([self.script, "start", str(port), str(folder / "s3")], env=self.own,
                                 capture_output=True, text=True)
        if started.returncode != 0:
            raise Absent(f"no S3 server: {started.stderr.strip()}")
        self.endpoint = f"http://127.0.0.1:{port}"
        self.properties = f"s3.endpoint={self.endpoint}"
        self.stranger = f"{self.properties} s3.access-key-id=nobody s3.secret-access-key=nothing"

    def section(self, right=True):
        keys = "" if right else 'access_key = "admin"\nsecret_key = "wrong"\n'
        return f'[io.s3]\nendpoint = "{self.endpoint}"\n{keys}'

    def stop(self):
        subprocess.run([self.script, "stop"], env=self.own, capture_output=True, check=False)


class Refusing(http.server.BaseHTTPRequestHandler):
    """Answers everything as Google does where a token is not valid: fake-gcs-server takes any."""

    def do_GET(self):
        body = json.dumps({"error": {"code": 401, "message": "Invalid Credentials", "errors": [
            {"domain": "global", "reason": "authError", "location": "Authorization"}]}}).encode()
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_):
        pass


class Gcs:
    environment = {}
    bucket = "gs://warehouse"

    def __init__(self, folder, _):
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self.daemon = Daemon([installed("fake-gcs-server"), "-backend", "memory", "-scheme", "http", "-host",
                              "127.0.0.1", "-port", str(port), "-public-host", f"127.0.0.1:{port}", "-external-url",
                              self.endpoint, "-log-level", "warn"], port, folder / "gcs.log")
        request = urllib.request.Request(f"{self.endpoint}/storage/v1/b", json.dumps({"name": "warehouse"}).encode(),
                                         {"Content-Type": "application/json"})
        urllib.request.urlopen(request).close()
        self.refusing = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
        threading.Thread(target=self.refusing.serve_forever, daemon=True).start()
        self.strict = f"http://127.0.0.1:{self.refusing.server_port}"
        self.properties = f"gcs.service.host={self.endpoint} gcs.oauth2.token=token"
        self.stranger = f"gcs.service.host={self.strict} gcs.oauth2.token=token"

    def section(self, right=True):
        return f'[io.gcs]\nendpoint = "{self.endpoint if right else self.strict}"\ntoken = "token"\n'

    def stop(self):
        self.refusing.shutdown()
        self.daemon.stop()


class Azure:
    account, key, wrong = "firn", base64.b64encode(b"password").decode(), base64.b64encode(b"wrong").decode()
    environment = {}
    bucket = "abfss://warehouse@firn.dfs.core.windows.net"

    def __init__(self, folder, _):
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        # The SDK within Arrow may speak a newer version of the protocol than Azurite knows of.
        self.daemon = Daemon(["node", installed("node_modules/azurite/dist/src/blob/main.js"), "--blobPort", str(port),
                              "--location", str(folder / "azure"), "--silent", "--disableTelemetry",
                              "--skipApiVersionCheck"], port, folder / "azure.log",
                             {"AZURITE_ACCOUNTS": f"{self.account}:{self.key}"})
        self.make_container("warehouse")
        self.properties = f"adls.endpoint={self.endpoint} adls.account-key={self.key}"
        self.stranger = f"adls.endpoint={self.endpoint} adls.account-key={self.wrong}"

    def signed(self, text):
        return base64.b64encode(hmac.digest(base64.b64decode(self.key), text.encode(), hashlib.sha256)).decode()

    def make_container(self, name):
        headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
        text = "PUT" + "\n" * 12 + "".join(f"{key}:{value}\n" for key, value in sorted(headers.items()))
        signature = self.signed(f"{text}/{self.account}/{self.account}/{name}\nrestype:container")
        headers["Authorization"] = f"SharedKey {self.account}:{signature}"
        url = f"{self.endpoint}/{self.account}/{name}?restype=container"
        urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers)).close()

    def section(self, right=True):
        return f'[io.azure]\nendpoint = "{self.endpoint}"\naccount_key = "{self.key if right else self.wrong}"\n'

    def stop(self):
        self.daemon.stop()


KINDS = {"s3": S3, "gcs": Gcs, "azure": Azure}
