# SPDX-License-Identifier: Apache-2.0
"""Every cell of the matrix holds, or its reason is known."""
import pathlib

import pytest

import matrix

FEATURES = matrix.all_features()
RESULTS = matrix.Results()
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "interop.md"


@pytest.fixture(scope="session")
def world(lake, spark, tmp_path_factory):
    yield matrix.World(lake, spark, tmp_path_factory.mktemp("matrix"))
    if len(RESULTS.cells) == len(FEATURES) * len(matrix.WRITERS):  # Not of a run of some.
        PAGE.write_text("<!-- SPDX-License-Identifier: Apache-2.0 -->\n" + matrix.page(FEATURES, RESULTS))
        print(f"interop: wrote {PAGE}")


@pytest.mark.parametrize("writer", matrix.WRITERS)
@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: f"{feature.group}-{feature.name}".replace(" ", "_"))
def test_cell(world, feature, writer):
    faults = matrix.check(world, feature, writer, RESULTS)
    assert not faults, "\n".join(faults)


def test_no_two_features_share_a_table():
    names = [feature.table_name(writer) for feature in FEATURES for writer in matrix.WRITERS]
    assert len(names) == len(set(names))
