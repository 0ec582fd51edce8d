"""The gate: may this practice's data pass, and why?"""

from lds_assets.gate.policy import Decision, Question
from lds_assets.gate.reasons import Reason, ReasonBook
from lds_assets.gate.register import ImportReport, Register
from lds_assets.gate.why import Explanation, Link, explain

__all__ = [
    "Decision",
    "Explanation",
    "ImportReport",
    "Link",
    "Question",
    "Reason",
    "ReasonBook",
    "Register",
    "explain",
]
