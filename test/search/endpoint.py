#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Embeddings by a server on the loopback interface: what it is sent, when, and what is found then.

Call: endpoint.py FIRN
"""
import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "histories"
KEY = "sk-of-this-test"
asked = []  # (authorization, page)
busy = [2]  # So many answers say "later" first.


class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        page = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked.append((self.headers.get("Authorization"), page))
        if busy[0] > 0:
            busy[0] -= 1
            return self.answer(429, {"error": {"message": "later"}}, {"Retry-After": "0"})
        data = [{"index": at, "embedding": [text.lower().count("ice") + 0.01, text.lower().count("csv") + 0.01, 0.5]}
                for at, text in enumerate(page["input"])]
        return self.answer(200, {"data": data, "model": page["model"]})

    def answer(self, status, page, headers=()):
        body = json.dumps(page).encode()
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    firn = sys.argv[1]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="firn-endpoint-") as top:
        environment = {"PATH": "/usr/bin:/bin", "HOME": top, "TZ": "UTC", "FIRN_LAKE": top + "/lake", "USER": "ada"}

        def run(*words, code=0, **more):
            done = subprocess.run([firn, *words], env={**environment, **more}, capture_output=True, text=True, check=False)
            assert done.returncode == code, (words, done.returncode, done.stderr)
            return done

        run("up", str(EXAMPLES), "--quiet")
        config = pathlib.Path(top, "lake", "firn.toml")
        config.write_text(config.read_text() + f'\n[embeddings]\nendpoint = "http://127.0.0.1:{server.server_port}/v1/embeddings"\n'
                          'model = "counter"\napi_key_env = "EMBEDDINGS_KEY"\nbatch = 2\n')
        assert "EMBEDDINGS_KEY" in run("embed", code=2).stderr
        assert "firn embed" in run("search", "--semantic", "ice", code=1, EMBEDDINGS_KEY=KEY).stderr
        assert not asked, "a search alone sends no conversation"

        first = json.loads(run("embed", "--json", EMBEDDINGS_KEY=KEY).stdout)
        assert first["meta"]["model"] == "counter" and first["data"][0]["rows_out"] > 3, first
        assert all(key == "Bearer " + KEY and page["model"] == "counter" for key, page in asked)
        assert max(len(page["input"]) for _, page in asked) == 2
        sent = sum(len(page["input"]) for _, page in asked[2:])
        assert sent == first["data"][0]["rows_out"], (sent, first)
        assert KEY not in config.read_text()

        asked.clear()
        run("embed", EMBEDDINGS_KEY=KEY)
        assert not asked, "nothing is new"
        hits = json.loads(run("search", "--semantic", "ice", "--json", EMBEDDINGS_KEY=KEY).stdout)["data"]
        assert [page["input"] for _, page in asked] == [["ice"]], asked
        assert "ice" in run("show", hits[0]["conversation_id"]).stdout
        rows = json.loads(run("sql", "SELECT DISTINCT embedding_model, metadata['dimensions'] AS n, "
                              "round(list_sum(list_transform(embedding, lambda x: x * x)), 3) AS length "
                              "FROM gold.conversation_embeddings", "--format", "json").stdout)
        assert rows == [{"embedding_model": "counter", "n": "3", "length": 1.0}], rows
        config.write_text(config.read_text().replace('"counter"', '"other"'))
        assert "counter" in run("search", "--semantic", "ice", code=4, EMBEDDINGS_KEY=KEY).stderr
    print("embeddings by a server: all as it should be")
    return 0


sys.exit(main())
