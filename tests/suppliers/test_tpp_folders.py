"""Where a TPP gateway leaves a delivery tells its configuration."""

import re

import pytest

from lds_assets.suppliers.registry import suppliers


@pytest.mark.parametrize(
    ("folder", "group"),
    [
        ("YX_07Y/20261120_0433", "YX_07Y"),
        ("gateway/YX_07Y/20261120_0433", "YX_07Y"),
        ("YX_07Y/Archived/20261120_0433", "YX_07Y"),
        ("YX_07Y/NewlyAddedPracticesUnits/20261120_0433", "YX_07Y/NewlyAddedPracticesUnits"),
        ("a/YX_07Y/NewlyAddedPracticesUnits/20261120_0433", "YX_07Y/NewlyAddedPracticesUnits"),
        (
            "YX_07Y/NewlyAddedPracticesUnits/Archived/20261120_0433",
            "YX_07Y/NewlyAddedPracticesUnits",
        ),
        ("NewlyAddedPracticesUnits/20261120_0433", "NewlyAddedPracticesUnits"),
        ("20261120_0433", None),
        ("YX_07Y/20261120", None),
    ],
)
def test_a_folder_names_its_configuration(folder: str, group: str | None) -> None:
    told = re.fullmatch(suppliers()["tpp"].definition.delivery.folder, folder)
    assert (told and told["group"]) == group
