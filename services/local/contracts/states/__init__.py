"""Provider states: what a contract may take as given. Each is brought about through the public interfaces alone."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from services.kernel.ids import uuid7
from services.local.contracts.calls import GatewayCalls
from services.local.contracts.states import batches, boards, doses, forecasts, runs, slots, standbys
from services.local.contracts.states.given import Given

__all__ = ["CATALOGUE", "Given", "StateParametersWrong", "StateUnknown", "States"]


class StateUnknown(LookupError):
    """The contract takes something as given that nobody has taught the provider."""


class StateParametersWrong(ValueError):
    """The contract gives a state other parameters than it takes."""


def a_caller(calls: GatewayCalls, partner: str, scopes: str = "") -> Given:
    """Somebody with a token that speaks for `partner`, and a request id that was never used."""
    return Given({"token": calls.token(partner, *scopes.split()), "requestId": str(uuid7())})


# The parameters of a state are the arguments of its function, after the calls that it makes.
CATALOGUE: Mapping[str, Callable[..., Given]] = {
    "a caller": a_caller,
    "an open run with free capacity": runs.an_open_run,
    "an offer for a dose": runs.an_offer,
    "a full run": runs.a_full_run,
    "a used allotment": runs.a_used_allotment,
    "a confirmed slot": slots.a_confirmed_slot,
    "a slot at risk": slots.a_slot_at_risk,
    "a slot of another partner": slots.a_slot_of_another_partner,
    "a standby on a full run": standbys.a_standby,
    "a standby that was offered a place": standbys.an_offered_standby,
    "a dose whose shipment is delivered": doses.a_delivered_dose,
    "a booked shipment": doses.a_booked_shipment,
    "a shipment on its way": doses.a_shipment_on_its_way,
    "a shipment of which nothing is heard": doses.a_silent_shipment,
    "a key of a van service": doses.a_key_of_a_van_service,
    "a shipment that a van carries": doses.a_shipment_in_a_van,
    "a milestone that a van has told": doses.a_milestone_of_a_van,
    "a batch in quality control": batches.a_batch,
    "a batch of another partner": batches.a_batch_of_another_partner,
    "a batch with a certificate of analysis": batches.a_batch_with_a_certificate,
    "a batch that is certified for use": batches.a_certified_batch,
    "a dose that is recalled": batches.a_recalled_dose,
    "a dose at risk that another run can save": boards.a_dose_at_risk,
    "a consent that is asked for": boards.an_asked_consent,
    "a current forecast": forecasts.a_current_forecast,
    "a forecast in two versions": forecasts.a_forecast_in_two_versions,
    "a forecast of which a dose is claimed": forecasts.a_forecast_in_use,
}


class States:
    """The catalogue, with the calls that bring its states about."""

    def __init__(self, calls: GatewayCalls) -> None:
        self._calls = calls

    def bring_about(self, name: str, parameters: Mapping[str, Any]) -> Given:
        """Makes the state true."""
        if name not in CATALOGUE:
            raise StateUnknown(f"There is no state {name!r}; there are: {', '.join(CATALOGUE)}.")
        _check(name, parameters)
        return CATALOGUE[name](self._calls, **parameters)


def parameters_of(name: str) -> Mapping[str, inspect.Parameter]:
    """The parameters of a state, by name."""
    _, *found = inspect.signature(CATALOGUE[name]).parameters.values()  # the first are the calls it makes
    return {each.name: each for each in found}


def _check(name: str, given: Mapping[str, Any]) -> None:
    """Refuses parameters that the state does not take: each, with those that it takes."""
    taken = parameters_of(name)
    wrong = [f"there is no parameter {each!r}" for each in given if each not in taken]
    for each, parameter in taken.items():
        if each not in given and parameter.default is inspect.Parameter.empty:
            wrong.append(f"{each!r} is missing")
        elif each in given and not _fits(given[each], parameter.annotation):
            wrong.append(f"{each!r} must be {_KINDS[parameter.annotation]}, not {given[each]!r}")
    if wrong:
        raise StateParametersWrong(
            f"The state {name!r} takes other parameters: {'; '.join(wrong)}."
            f" It takes: {', '.join(map(str, taken.values())) or 'none'}."
        )


_KINDS: Mapping[Any, str] = {str: "a text", int: "a whole number"}


def _fits(value: Any, kind: Any) -> bool:
    return kind not in _KINDS or (isinstance(value, kind) and not isinstance(value, bool))
