"""What every supplier folder must hold. A new folder is tested by being there."""

from collections.abc import Iterator

import pytest

from lds_assets.plugin.rule import Bench, Rule, bench
from lds_assets.plugin.suite import RULES, verdict
from lds_assets.suppliers.registry import suppliers

CODES = sorted(suppliers())


@pytest.fixture(scope="module", params=CODES)
def opened(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with bench(suppliers()[request.param]) as found:
        yield found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_folder_keeps_every_rule(opened: Bench, rule: Rule) -> None:
    assert verdict(rule, opened).findings == ()
