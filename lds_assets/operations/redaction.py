"""Errors on their way into Dagster: ours are told, others are told without their text.

An exception of an engine may quote a patient's values. Dagster masks it in the event log; the
process log gets its class and the frames it came through, never its message.
"""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from lds_assets.errors import RoadError

#: Dagster writes masked errors, in full, to this logger.
_MASKED = "dagster.redacted_errors"


#: Enough to find the place; the outer ones are Dagster's.
_FRAMES = 8


def _first_cause(error: BaseException) -> BaseException:
    """Return what was raised first; Dagster wraps it."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


class _WithoutMessage(logging.Filter):
    """Replace an exception by its class and frames."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            error = _first_cause(record.exc_info[1])
            frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
            path = "; ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
            record.msg = f"{record.getMessage()}: {type(error).__name__} at {path}"
            record.args = ()
            record.exc_info = None
            record.exc_text = None
        return True


def withhold_messages() -> None:
    """Keep the text of masked exceptions out of process logs; safe to call again."""
    logger = logging.getLogger(_MASKED)
    if not any(isinstance(each, _WithoutMessage) for each in logger.filters):
        logger.addFilter(_WithoutMessage())


class _Hearer(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(record.getMessage())


@contextmanager
def hearing_faults() -> Iterator[list[str]]:
    """Collect masked errors of the block: class and frames, without their text."""
    withhold_messages()
    heard: list[str] = []
    handler, logger = _Hearer(heard), logging.getLogger(_MASKED)
    logger.setLevel(logging.ERROR)
    logger.addHandler(handler)
    try:
        yield heard
    finally:
        logger.removeHandler(handler)


@contextmanager
def told(context: dg.AssetExecutionContext | dg.OpExecutionContext) -> Iterator[None]:
    """Turn a fault of the road into a failed step that says what, where, done and to do."""
    try:
        yield
    except RoadError as fault:
        context.log.error(str(fault))
        raise failure(str(fault), fault) from None


def failure(text: str, fault: RoadError | None = None) -> dg.Failure:
    """Return a failure that Dagster does not retry; the same input would fail again."""
    metadata: dict[str, dg.MetadataValue] = {}
    if fault is not None:
        metadata = {
            "where": dg.MetadataValue.text(fault.where or "not known"),
            "done": dg.MetadataValue.text(fault.done or "not known"),
            "to do": dg.MetadataValue.text(fault.to_do or "not known"),
        }
    return dg.Failure(description=text, metadata=metadata, allow_retries=False)
