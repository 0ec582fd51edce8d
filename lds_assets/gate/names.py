"""Names of persons, compared so that nobody acts twice under two spellings of one name.

Two questions, both answered on the safe side: is this name the one the register holds (spelling),
and could these two names be one person's (likeness)? A look-alike is no known name, and no second
person either.
"""

import unicodedata

#: Letters of other scripts, and of Latin's own, that look like plain Latin ones; lower case.
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0432\u0435\u0456\u0458\u043a\u043c\u043d\u043e\u0440\u0455\u0441\u0442\u0443\u0445"
    "\u04bb\u0501\u051b\u051d\u03b1\u03b2\u03b5\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5"
    "\u03c7\u03b6\u03b7\u0131\u0251\u0261\u0237",
    "abeijkmhopsctyxhdqwabeikmvoptuxzniagj",
)
#: Latin letters that have no plain letter inside them.
_OWN_LETTERS = frozenset("ßæœøđðłþ")


def spelling_key(name: str) -> str:
    """Return what a name is known by: neither case nor the blanks around and between."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def person_key(name: str) -> str:
    r"""Return what tells persons apart: beside case and blanks, neither marks nor look-alikes.

    >>> person_key(" Ann  EXAMPLE ") == person_key("\u0410nn Ex\u00e1m\u200bple")
    True
    """
    folded = unicodedata.normalize("NFKD", name).casefold()
    kept = (each for each in folded if unicodedata.category(each) not in ("Mn", "Cf"))
    return " ".join("".join(kept).translate(_LOOK_ALIKES).split())


def same_person(one: str, other: str) -> bool:
    """Say whether two names may be one person's."""
    return person_key(one) == person_key(other)


def is_plain(name: str) -> bool:
    """Say whether a name has Latin letters alone, so that it cannot pass for another."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    letters = [each for each in folded if unicodedata.category(each) != "Mn"]
    return all(
        each in _OWN_LETTERS if each.isalpha() and not each.isascii() else each.isprintable()
        for each in letters
    )
