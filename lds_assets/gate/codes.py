"""What an ODS code is by its form alone: a practice's, a branch's, another organisation's.

The patterns are read by Python and by DuckDB alike. Rule source: governance specification S1 and
its exact formats.
"""

import re

#: One capital letter and five digits. Look-alike letters and other lengths are no practice's.
PRACTICE = "[A-Z][0-9]{5}"
#: A practice's code and three digits after it.
BRANCH = "[A-Z][0-9]{5}[0-9]{3}"
#: The same with as few digits as some have been written with.
BRANCH_LIKE = "[A-Z][0-9]{5}[0-9]{1,3}"
#: Trusts, their sites, boards and sub-boards have three or five characters (``RYXZ1``, ``72Q``,
#: ``A3A8R``). Letters alone are left out, for they may be a name; a letter and digits is a
#: practice's code cut short.
_ELSEWHERE = "[A-Z0-9]*[0-9][A-Z][A-Z0-9]*|[A-Z]{2,}[0-9]+"
_LENGTHS = (3, 5)

PRACTICE_CODE = re.compile(PRACTICE)
BRANCH_CODE = re.compile(BRANCH)
_ELSEWHERE_CODE = re.compile(_ELSEWHERE)


def is_elsewhere(code: str) -> bool:
    """Say whether a code has the form of an organisation that is no practice.

    >>> [is_elsewhere(code) for code in ("RYXZ1", "72Q", "E8400", "SMITH", "E840O1")]
    [True, True, False, False, False]
    """
    return len(code) in _LENGTHS and _ELSEWHERE_CODE.fullmatch(code) is not None


def elsewhere_expression(code: str) -> str:
    """Return the SQL form of ``is_elsewhere`` over an expression that yields a code."""
    lengths = ", ".join(str(each) for each in _LENGTHS)
    return f"(length({code}) in ({lengths}) and regexp_full_match({code}, '{_ELSEWHERE}'))"
