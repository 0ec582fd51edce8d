"""What to do about an event the register refuses: by its rule, else by the kind of its entity.

A desk that knows better says so itself.
"""

from lds_assets.gate import officers, organisations
from lds_assets.gate.events import NewEvent

#: Rule -> what helps whatever the entity is.
_BY_RULE = {
    "S0-2": "have somebody sign whose role may (`lds register officer list`)",
    "S0-3": "say why: --reason",
    "S0-5": "a second information-governance officer corrects it (docs/operate/register.md)",
    "S0-6": "date it after what is recorded, or correct that first (`lds register correct`, "
    "docs/operate/register.md)",
    "S0-7": "name a second person who is another than the first (`lds register officer list`)",
    "S0-8": "name a second person of another role than OPS (`lds register officer list`)",
    "S0-15": "write it shorter, in characters that can be printed",
    "S5-33": "name another officer of the same party (`lds register officer list`)",
    "S5-34": "have the deputy sign whom the recusal names (`lds variation show`)",
    "A-11": "record it as a draft with --document, have that text signed off (`lds agreement "
    "sign-off-assessment`), then record it as approved (docs/operate/agreements.md)",
    "A-12": "say where the signed document is kept: --accession",
    "A-13": "have another officer record it",
    "C-7": "name an officer who may allow it: --backdating-approved-by (docs/operate/consent.md)",
    "S5-17": "have somebody sign who holds that role (`lds register officer list`)",
    "S5-32": "say why: --reason",
}

#: Entity -> the command that says where it stands, and the page of its steps.
_BY_ENTITY = {
    "practice_consent": ("lds consent show {id}", "consent.md"),
    "agreement": ("lds agreement list", "agreements.md"),
    "variation": ("lds variation show {id}", "variation.md"),
    "migration": ("lds migration list", "migrate-a-practice.md"),
    "onboarding": ("lds onboard status", "onboard-a-practice.md"),
    "purge_job": ("lds withdraw status", "withdraw.md"),
    "officer": ("lds register officer list", "officers.md"),
}


def advice(rule: str, event: NewEvent) -> str:
    """Return what to do about a rule that an event breaks; never empty.

    Args:
        rule: the rule's number and words, e.g. ``S0-7 a second person must act``.
    """
    told = organisations.advice(rule) or officers.advice(rule)
    told = told or _BY_RULE.get(rule.split(" ", 1)[0], "")
    if told:
        return told
    if event.entity_type not in _BY_ENTITY:
        return "correct the event and submit it again"
    command, page = _BY_ENTITY[event.entity_type]
    shown = command.format(id=event.entity_id)
    return f"`{shown}` says where it stands, docs/operate/{page} what each step needs"
