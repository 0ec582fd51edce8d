"""A YAML file with what somebody tells: names and values."""

from pathlib import Path
from typing import Any

import yaml

from lds_assets.errors import Refused


def read_told(path: Path) -> dict[str, Any]:
    """Read a file of names and values.

    Raises:
        Refused: it is not there, or is no such file.
    """
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        told = None
    if not isinstance(told, dict):
        raise Refused(
            "the file holds no names and values",
            where=path.name,
            done="nothing recorded",
            to_do="write YAML lines `name: value`; the page of the task shows the fields",
            code="FILE_FORM",
        )
    return told
