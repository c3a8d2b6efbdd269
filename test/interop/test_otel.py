# SPDX-License-Identifier: Apache-2.0
"""OpenTelemetry's own SDK and exporter send spans, log records and metrics to `firn up --watch --otel-port`."""
import json
import os
import re
import signal
import subprocess

import pytest

from lake import Lake

PATIENCE = 120


@pytest.fixture
def listening(tmp_path):
    """An empty lake that listens, and where."""
    lake, home = Lake(tmp_path / "lake"), tmp_path / "home"
    home.mkdir()
    process = subprocess.Popen([os.environ["FIRN_BIN"], "--lake", str(lake.folder), "up", str(home), "--watch",
                                "--otel-port", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    url = re.search(r"http://\S+", process.stderr.readline()).group()
    yield lake, url, process
    if process.poll() is None:
        process.kill()


def finish(process):
    process.send_signal(signal.SIGTERM)
    process.stderr.read()
    assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_sdk_exports_spans(listening, compression):
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    lake, url, process = listening
    exporter = OTLPSpanExporter(url + "/v1/traces", compression=Compression(compression))
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    for number in range(3):
        with tracer.start_as_current_span("chat m") as span:
            span.set_attribute("gen_ai.operation.name", "chat")
            span.set_attribute("gen_ai.conversation.id", "talk")
            span.set_attribute("gen_ai.response.model", "m")
            span.set_attribute("gen_ai.response.id", f"answer-{number}")
            span.set_attribute("gen_ai.usage.input_tokens", 10 + number)
            span.set_attribute("gen_ai.usage.output_tokens", 5)
    provider.shutdown()
    finish(process)
    lake.run("up", str(lake.folder / "inbox"))
    rows = [json.loads(line) for line in lake.run(
        "sql", "SELECT api_call_id, session_id, model, input_tokens, output_tokens, origin, latency_ms >= 0 AS timed "
               "FROM silver.api_calls ORDER BY api_call_id").splitlines()]
    assert rows == [{"api_call_id": f"answer-{number}", "session_id": "talk", "model": "m", "input_tokens": 10 + number,
                     "output_tokens": 5, "origin": "otel", "timed": True} for number in range(3)]


def test_sdk_exports_metrics(listening):
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    lake, url, process = listening
    provider = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter(url + "/v1/metrics"))])
    meter = provider.get_meter("test")
    meter.create_counter("claude_code.token.usage").add(7, {"session.id": "s", "type": "input"})
    meter.create_histogram("waited").record(0.5, {"session.id": "t"})
    provider.shutdown()
    finish(process)
    lake.run("up", str(lake.folder / "inbox"))
    rows = lake.run("sql", "SELECT native_id FROM bronze.conversations ORDER BY native_id").splitlines()
    assert [json.loads(row)["native_id"] for row in rows] == ["s", "t"]
    assert json.loads(lake.run("sql", "SELECT count(*) AS n FROM silver.api_calls"))["n"] == 0
