# SPDX-License-Identifier: Apache-2.0
import os
import pathlib

import pytest

from lake import Lake

PROJECT = pathlib.Path(__file__).resolve().parents[2]


def histories():
    """The example histories of the project, and the real ones where they lie beside it."""
    folders = [PROJECT / "examples" / "histories"]
    samples = pathlib.Path(os.environ.get("FIRN_SHARED_DIR", PROJECT.parent / "shared")) / "samples"
    folders += [samples / name for name in ("claude_code", "chatgpt") if (samples / name).is_dir()]
    return [str(folder) for folder in folders]


@pytest.fixture(scope="session")
def lake(tmp_path_factory):
    made = Lake(tmp_path_factory.mktemp("lake") / "lake")
    made.run("up", *histories(), codes=(0, 1))  # 1: samples hold files that nobody could read
    return made


@pytest.fixture(scope="session")
def spark(lake):
    jars = os.environ.get("FIRN_PEERS_JARS", "")
    if not os.path.isdir(jars):
        pytest.skip("Spark is not installed here (no Java 17 with Maven)")
    from pyspark.sql import SparkSession
    settings = {
        "spark.driver.memory": "2g", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraClassPath": jars + "/*", "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2", "spark.sql.session.timeZone": "UTC",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.defaultCatalog": "firn", "spark.sql.catalog.firn": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.firn.type": "jdbc", "spark.sql.catalog.firn.jdbc.schema-version": "V1",
        "spark.sql.catalog.firn.uri": f"jdbc:sqlite:{lake.folder}/catalog.db",
        "spark.sql.catalog.firn.warehouse": f"{lake.folder}/warehouse",
        "spark.sql.catalog.firn.cache-enabled": "false",  # Others write to its tables.
    }
    builder = SparkSession.builder.master("local[2]").appName("interop")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
