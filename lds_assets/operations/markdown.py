"""What people read beside an asset: tables and small plots, as Markdown."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence

import dagster as dg
from matplotlib.figure import Figure

_BLUE = "#005eb8"


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; numbers are grouped by thousands, an empty one says so."""
    lines = ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    if not lines:
        return "*none*"
    head = "| " + " | ".join(headings) + " |"
    rule = "|" + "|".join(" --- " for _ in headings) + "|"
    return "\n".join([head, rule, *lines])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value).replace("|", "/").replace("\n", " ")


def markdown(text: str) -> dg.MarkdownMetadataValue:
    """Return text as metadata that the UI renders."""
    return dg.MetadataValue.md(text)


def bars(title: str, heights: Mapping[str, float]) -> dg.MarkdownMetadataValue:
    """Return a horizontal bar chart, one bar per name, as an image inside Markdown.

    Only for assets without partitions: metadata is stored once per partition.
    """
    figure = Figure(figsize=(7, 0.6 + 0.28 * max(len(heights), 1)), layout="constrained")
    axes = figure.subplots()
    names = list(heights)
    axes.barh(names, [heights[name] for name in names], color=_BLUE)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=10, loc="left")
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    for place, name in enumerate(names):
        axes.annotate(f" {heights[name]:,.0f}", (heights[name], place), va="center", fontsize=8)
    axes.margins(x=0.15)
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{_png(figure)})")


def _png(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
