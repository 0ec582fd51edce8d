"""Tables and plots people read."""

from lds_assets.operations.markdown import bars, table


def test_a_table_groups_thousands_and_keeps_cells_whole() -> None:
    assert table(["name", "rows"], [("a|b\nc", 1234567), (None, True)]) == (
        "| name | rows |\n| --- | --- |\n| a/b c | 1,234,567 |\n|  | True |"
    )


def test_an_empty_table_says_so() -> None:
    assert table(["name"], []) == "*none*"


def test_a_plot_is_an_image_inside_markdown() -> None:
    text = bars("rows", {"a": 1.0, "b": 2.0}).value
    assert text is not None
    assert text.startswith("![rows](data:image/png;base64,iVBOR")
