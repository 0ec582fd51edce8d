"""Settings name the variable that is wrong, and take an empty one as none."""

import pytest

from lds_assets.errors import Refused
from lds_assets.resources import Settings


def test_a_variable_of_the_wrong_kind_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LDS_TODAY", "soonish")
    monkeypatch.setenv("LDS_THREADS", "many")
    with pytest.raises(Refused) as refused:
        Settings()
    told = str(refused.value)
    assert refused.value.code == "SETTING"
    assert "LDS_TODAY: " in told and "LDS_THREADS: " in told and "docs/cli.md" in told
    assert "soonish" not in told and "many" not in told


def test_an_empty_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LDS_TODAY", "LDS_THREADS", "LDS_CERTIFICATE_KEY"):
        monkeypatch.setenv(name, "")
    settings = Settings()
    assert (settings.today, settings.threads, settings.certificate_key) == (None, 2, None)
