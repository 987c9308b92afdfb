"""Whether the WSDL of an account has what is to be written by it: looked at when the account is read."""

from collections.abc import Iterator

from adapters.erp_sap.functions.client import load_wsdl
from adapters.erp_sap.functions.fitting import missing_places
from adapters.erp_sap.functions.signatures import UnreadableWsdl, canonical
from adapters.erp_sap.functions.terms import COMMIT, FUNCTION_WRITES, NEEDED, FunctionTerms


def function_problems(terms: FunctionTerms, writes: frozenset[str]) -> Iterator[str]:
    """What keeps these writes from being done by this WSDL."""
    try:
        service = load_wsdl(terms.wsdl).service
    except UnreadableWsdl as wrong:
        yield f"options.functions.wsdl {terms.wsdl}: {wrong}"
        return
    for write in sorted(writes & FUNCTION_WRITES):
        for needed in NEEDED[write]:
            name = terms.names.get(needed.name, needed.name)
            function = service.functions.get(canonical(name))
            if function is None:
                yield f"options.functions.wsdl has no {name}, which {write} calls; publish it with the others"
                continue
            for missing in missing_places(function, needed.takes, needed.answers):
                yield f"options.functions.wsdl: {missing}, which {write} needs"
    if terms.commits_itself:
        return
    if canonical(COMMIT) not in service.functions:
        yield (
            f"options.functions.wsdl has no {COMMIT}, without which SAP stores nothing; publish it with the others, or"
            " say commits_itself where your own function modules commit"
        )
    elif service.has_session is False:
        yield (
            f"options.functions.wsdl: its service has no session (enableSession is false), so {COMMIT} would commit"
            " nothing; make it stateful in SOAMANAGER, or have your own function modules commit (commits_itself)"
        )
