"""Commands to paste into a terminal beside a running gateway: a new token, a search that finds offers, the batches."""

import json
from datetime import datetime, timedelta

from services.local.twins.salesforce import PEOPLE, VERSION
from services.local.world import CENTRES, CLIENTS, PRODUCT

ORDERED_WITHIN = timedelta(days=14)
CLIENT = "northlake-orchestrator"
_READ_TOKEN = """python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'"""


def token_command(rest_url: str, client_id: str) -> str:
    """Asks the development issuer for a token of a client."""
    secret = CLIENTS[client_id].secret.get_secret_value()
    return f"curl -s -u {client_id}:{secret} -d grant_type=client_credentials {rest_url}/oauth/token"


def commands(rest_url: str, grpc_target: str) -> list[str]:
    """A new token into $TOKEN, the same search over REST and over gRPC, and the batches with a dose of its own."""
    search = f'{{"product": "{PRODUCT}", "site": "{CENTRES[0]}"}}'
    bearer = '-H "authorization: Bearer $TOKEN"'
    return [
        f"TOKEN=$({token_command(rest_url, CLIENT)} | {_READ_TOKEN})",
        f"curl -s {rest_url}/v1/offers:search {bearer} -H 'content-type: application/json' -d '{search}'",
        f"grpcurl -plaintext {bearer} -d '{search}' {grpc_target} doselane.slotting.v1.SlottingService/SearchOffers",
        f"curl -s {rest_url}/v1/batches {bearer}",
    ]


def salesforce_commands(salesforce_url: str, reference: str, now: datetime) -> list[str]:
    """To order by hand in the simulated organisation: a token of its people, an order, and what came of all orders."""
    bearer = '-H "authorization: Bearer $SALESFORCE"'
    order = json.dumps(
        {
            "Order_Reference__c": reference,
            "Product__c": PRODUCT,
            "Site__c": CENTRES[0],
            "Administration_From__c": f"{now:%Y-%m-%dT%H:%M:%S.000Z}",
            "Administration_Until__c": f"{now + ORDERED_WITHIN:%Y-%m-%dT%H:%M:%S.000Z}",
            "Status__c": "Requested",
        }
    )
    log_in = f"-d grant_type=client_credentials -d client_id={PEOPLE.client_id} -d client_secret={PEOPLE.secret}"
    fields = "Order_Reference__c,Status__c,Outcome__c,Slot__c,Refusal_Reason__c,Refusal_Detail__c"
    data = f"{salesforce_url}/services/data/v{VERSION}"
    return [
        f"SALESFORCE=$(curl -s {log_in} {salesforce_url}/services/oauth2/token | {_READ_TOKEN})",
        f"curl -s {data}/sobjects/Dose_Order__c {bearer} -H 'content-type: application/json' -d '{order}'",
        f"curl -s '{data}/query?q=SELECT+{fields}+FROM+Dose_Order__c' {bearer}",
    ]
