"""One tiny run serves every test that only reads."""

from pathlib import Path

import pytest

from tests.unit.synthetic.deliveries import Landing, make


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Landing:
    return make(Path(tmp_path_factory.mktemp("tiny")))
