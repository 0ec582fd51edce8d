"""A home with nothing in it."""

from pathlib import Path

import pytest

from lds_assets.resources import Settings


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", threads=1, memory_limit="1GB")
    settings.work.mkdir(parents=True)
    return settings
