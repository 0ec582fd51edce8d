"""Scenarios of TPP deliveries: each spoils those of the first configuration, mostly the newest."""

from lds_assets.errors import Refused
from lds_assets.synthetic.faults import tpp_chain, tpp_content, tpp_rows
from lds_assets.synthetic.faults.scenario import FileFault, Scenario, Written

#: a bulk and two deltas
_DELIVERIES = 3


def _needing_deltas(name: str, fault: FileFault) -> FileFault:
    def spoil(written: Written) -> None:
        if len(written) < _DELIVERIES:
            raise Refused(
                f"{name} needs a bulk and two deltas",
                where="lds synth --scenario",
                done="deliveries are written, without this fault",
                to_do="ask for two days or more",
            )
        fault(written)

    return spoil


SCENARIOS: tuple[Scenario, ...] = tuple(
    Scenario(name, meaning, supplier="tpp", files=_needing_deltas(name, fault))
    for faults in (tpp_chain.FAULTS, tpp_content.FAULTS, tpp_rows.FAULTS)
    for name, (meaning, fault) in faults.items()
)
