# SPDX-License-Identifier: Apache-2.0
"""Encrypted tables: Firn reads and goes on with what Iceberg's Java library wrote with the same master key, and the
reverse. encryption/EncryptionPeer.java is the other side."""
import os
import pathlib
import shutil
import subprocess

import pytest

from lake import Lake

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
KEY_ID, KEY = "table-key", "000102030405060708090a0b0c0d0e0f"


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    jars = os.environ.get("FIRN_PEERS_JARS", "")
    if not os.path.isdir(jars) or shutil.which("javac") is None:
        pytest.skip("Iceberg's Java library is not installed here (no Java 17 with Maven)")
    import pyspark
    libraries = f"{jars}/*:{pathlib.Path(pyspark.__file__).parent}/jars/*"
    classes = tmp_path_factory.mktemp("classes")
    subprocess.run(["javac", "-nowarn", "-cp", libraries, "-d", str(classes),
                    str(HERE / "encryption" / "EncryptionPeer.java")], check=True)

    def run(*words, check=True):
        return subprocess.run(["java", "-Dlog4j2.level=ERROR", "-cp", f"{classes}:{libraries}", "EncryptionPeer", *words],
                              check=check, capture_output=True, text=True)
    return run


@pytest.fixture(scope="module")
def encrypted_lake(tmp_path_factory):
    made = Lake(tmp_path_factory.mktemp("encrypted") / "lake")
    made.run("up", str(PROJECT / "examples" / "histories"))
    keys = made.folder / "keys"
    keys.touch(mode=0o600)
    keys.write_text(f"{KEY_ID} = {KEY}\nmessages-2026 = {KEY}\n")
    with open(made.folder / "firn.toml", "a") as config:
        config.write('\n[encryption]\nkey_file = "keys"\n')
    return made


def row(i):
    name = "null" if i % 5 == 0 else f"secret-name-{i}"
    return f"{i}|{name}|{i / 4.0}"


def rows_of(lake, table):
    text = lake.run("sql", f"SELECT id, name, score FROM {table}", "--format", "csv").splitlines()[1:]
    rows = [line.split(",") for line in text]
    return sorted(f"{i}|{name or 'null'}|{float(score)}" for i, name, score in rows)


def path_of(location):
    return pathlib.Path(location.removeprefix("file://").removeprefix("file:"))


def test_firn_reads_and_extends_what_java_wrote(peer, encrypted_lake, tmp_path):
    peer("write", str(tmp_path / "t"), KEY_ID, KEY)
    catalog = encrypted_lake.catalog()
    catalog.create_namespace("peers")
    catalog.register_table("peers.of_java", f"file://{tmp_path}/t/metadata/v2.metadata.json")
    wanted = sorted(row(i) for i in range(60))
    assert rows_of(encrypted_lake, "peers.of_java") == wanted
    assert peer("read", encrypted_lake.metadata("peers.of_java"), KEY_ID, KEY).stdout.splitlines() == wanted
    more = tmp_path / "more.csv"
    more.write_text("id,name,score\n" + "".join(f"{i},secret-name-{i},{i / 4.0}\n" for i in (61, 62)))
    encrypted_lake.run("ingest", "csv", str(more), "--into", "peers.of_java")
    encrypted_lake.run("maintain", "peers.of_java")
    wanted = sorted(wanted + [row(61), row(62)])
    assert rows_of(encrypted_lake, "peers.of_java") == wanted
    assert peer("read", encrypted_lake.metadata("peers.of_java"), KEY_ID, KEY).stdout.splitlines() == wanted
    for file in (tmp_path / "t").rglob("*"):
        if file.suffix in (".parquet", ".avro", ".puffin"):
            assert file.read_bytes()[:4] in (b"PARE", b"AGS1"), file


def test_java_reads_what_firn_made(peer, encrypted_lake):
    models = encrypted_lake.folder / "models"
    shutil.copy(PROJECT / "examples" / "models" / "messages_encrypted.sql", models)
    encrypted_lake.run("run")
    ids = "SELECT conversation_id || '|' || message_id AS id FROM gold.messages_encrypted"
    ours = encrypted_lake.run("sql", ids, "--format", "csv").splitlines()[1:]
    metadata = encrypted_lake.metadata("gold.messages_encrypted")
    read = peer("read", metadata, "messages-2026", KEY).stdout
    theirs = ["|".join(line.split("|")[:2]) for line in read.splitlines()]  # Texts have line ends, too.
    assert len(ours) > 10
    assert sorted(ours) == sorted(line for line in theirs if line in set(ours))
    refused = peer("read", metadata, "messages-2026", "ff" * 16, check=False)
    assert refused.returncode != 0
    stored = b"".join(file.read_bytes() for file in path_of(metadata).parents[1].rglob("*.parquet"))
    assert stored and b"PAR1" not in stored


def test_without_the_key_the_error_names_it(encrypted_lake):
    config = encrypted_lake.folder / "firn.toml"
    text = config.read_text()
    config.write_text(text.replace('key_file = "keys"', 'key_file = "none"'))
    try:
        environment = dict(os.environ, FIRN_LAKE=str(encrypted_lake.folder), HOME=str(encrypted_lake.folder.parent))
        done = subprocess.run([os.environ["FIRN_BIN"], "sql", "SELECT count(name) FROM peers.of_java"],
                              capture_output=True, text=True, env=environment)
        assert done.returncode == 5
        assert str(encrypted_lake.folder / "none") in done.stderr
    finally:
        config.write_text(text)
