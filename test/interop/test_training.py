# SPDX-License-Identifier: Apache-2.0
"""Training sets, loaded by those they are made for: `datasets`, warcio, and OpenAI's published rules for chats."""
import gzip
import json
import re

import pytest

CONVERSATIONS_MIN = 10
SPLIT = "train=0.6,validation=0.2,test=0.2"


@pytest.fixture(scope="module")
def export(lake, tmp_path_factory):
    """Exports once per format: (folder, what `--json` said)."""
    count = json.loads(lake.run("sql", "SELECT count(*) AS n FROM silver.conversations", "--format", "json"))
    if count[0]["n"] < CONVERSATIONS_MIN:
        pytest.skip(f"{count[0]['n']} conversations are too few for a training set: ../shared/samples is not here")
    made = {}

    def of(kind):
        if kind not in made:
            folder = tmp_path_factory.mktemp("training") / kind
            said = lake.run("export", "training", str(folder), "--format", kind, "--split", SPLIT, "--json")
            made[kind] = folder, json.loads(said)
        return made[kind]

    return of


def rows_by_split(said):
    rows = {}
    for file in said["data"]:
        if file["split"] and not re.search(r"\.(wat|wet)\.gz$", file["path"]):
            rows[file["split"]] = rows.get(file["split"], 0) + file["conversations"]
    return rows


def chats(folder):
    return {path.stem: [json.loads(line) for line in path.read_text().splitlines()]
            for path in sorted(folder.glob("*.jsonl"))}


def check_chat(chat):
    """The rules of OpenAI's API for messages, calls of functions and their answers."""
    messages = chat["messages"]
    assert set(chat) <= {"messages", "tools"}
    assert messages[-1]["role"] == "assistant"
    assert any(message["role"] == "user" for message in messages)
    names = {tool["function"]["name"] for tool in chat.get("tools", [])}
    waiting = []
    for message in messages:
        assert message["role"] in ("system", "user", "assistant", "tool")
        if message["role"] == "tool":
            assert message["tool_call_id"] in waiting and isinstance(message["content"], str)
            waiting.remove(message["tool_call_id"])
            continue
        assert not waiting, "calls that nobody answered"
        assert message.get("content") or message.get("tool_calls")
        for call in message.get("tool_calls", []):
            assert message["role"] == "assistant" and call["type"] == "function" and len(call["id"]) <= 40
            assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call["function"]["name"])
            assert call["function"]["name"] in names
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
            waiting.append(call["id"])


def test_openai_jsonl_keeps_the_rules_of_the_api(export):
    folder, said = export("openai_jsonl")
    found = chats(folder)
    assert {split: len(lines) for split, lines in found.items()} == rows_by_split(said)
    for lines in found.values():
        for chat in lines:
            check_chat(chat)


def test_datasets_loads_what_its_card_says(export, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    folder, said = export("huggingface")
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path))
    assert {split: rows.num_rows for split, rows in loaded.items()} == rows_by_split(said)
    infos = json.loads((folder / "dataset_infos.json").read_text())["default"]
    assert datasets.Features.from_dict(infos["features"]).arrow_schema == loaded["train"].features.arrow_schema
    assert {split: info["num_examples"] for split, info in infos["splits"].items()} == rows_by_split(said)
    assert sum(sum(rows["num_tokens"]) for rows in loaded.values()) == said["meta"]["tokens"]
    of_openai = [chat["messages"] for lines in chats(export("openai_jsonl")[0]).values() for chat in lines]
    of_datasets = [without_nulls(row["messages"]) for rows in loaded.values() for row in rows]
    assert sorted(map(json.dumps, map(without_nulls, of_openai))) == sorted(map(json.dumps, of_datasets))


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(value[key]) for key in sorted(value) if value[key] is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def test_warcio_reads_every_record_and_its_digests(export):
    archive = pytest.importorskip("warcio.archiveiterator")
    folder, said = export("common_crawl")
    seen = {}
    for path in sorted(folder.glob("segments/*/*/*.gz")):
        with open(path, "rb") as file:
            iterator = archive.ArchiveIterator(file, check_digests="raise")
            for number, record in enumerate(iterator):
                body = record.content_stream().read()
                uri = record.rec_headers.get_header("WARC-Target-URI")
                assert record.rec_headers.protocol == "WARC/1.1"
                assert (record.rec_type == "warcinfo") == (number == 0)
                seen.setdefault(record.rec_type, {})[uri] = (path, iterator.get_record_offset(), body)
    count = sum(rows_by_split(said).values())
    assert {kind: len(records) for kind, records in seen.items() if kind != "warcinfo"} == {
        "resource": count, "metadata": count, "conversion": count}
    for uri, (path, offset, body) in seen["resource"].items():
        talk = json.loads(body)
        about = json.loads(seen["metadata"][uri][2])
        assert about["Container"] == {"Filename": path.name, "Compressed": True, "Offset": str(offset)}
        assert about["Envelope"]["Actual-Content-Length"] == str(len(body))
        assert about["Envelope"]["Payload-Metadata"]["Conversation-Metadata"]["num_tokens"] == talk["num_tokens"]
        text = seen["conversion"][uri][2].decode()
        assert all(message.get("content", "") in text for message in talk["messages"])


def test_common_crawl_lists_its_files(export):
    folder, _ = export("common_crawl")
    for kind in ("warc", "wat", "wet"):
        listed = gzip.decompress((folder / f"{kind}.paths.gz").read_bytes()).decode().splitlines()
        assert listed == sorted(str(path.relative_to(folder)) for path in folder.glob(f"segments/*/{kind}/*"))


@pytest.mark.parametrize("kind", ["openai_jsonl", "huggingface", "common_crawl"])
def test_a_set_is_made_again_byte_for_byte(lake, export, tmp_path, kind):
    folder, said = export(kind)
    lake.run("export", "training", str(tmp_path / "again"), "--again", said["meta"]["dataset_id"], "--quiet")
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(tmp_path / "again")
                           for path in (tmp_path / "again").rglob("*") if path.is_file())
    for path in files:
        assert (folder / path).read_bytes() == (tmp_path / "again" / path).read_bytes(), path


def test_pyiceberg_reads_what_was_made(lake, export):
    said = export("huggingface")[1]
    rows = {row["dataset_id"]: row for row in lake.read_pyiceberg("gold.training_datasets")}
    row = rows[said["meta"]["dataset_id"]]
    assert row["metadata"]["total_conversations"] == said["meta"]["conversations"] == len(row["conversation_ids"])
    assert row["metadata"]["total_tokens"] == said["meta"]["tokens"]
    tags = lake.catalog().load_table("silver.messages").refs()
    snapshots = dict(row["snapshots"])
    assert tags["training-" + row["dataset_id"]].snapshot_id == snapshots["silver.messages"]
