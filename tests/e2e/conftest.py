"""Clean homes after each day's deliveries, made once a test session."""

import pytest

from tests.prepared import Prepared
from tests.stages import Stages


@pytest.fixture(scope="session")
def stages(prepared: Prepared) -> Stages:
    """The stages of this session."""
    return Stages(prepared)
