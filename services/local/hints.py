"""Commands to paste into a terminal beside a running gateway: a new token, a search that finds offers, the batches."""

from services.local.world import CENTRES, CLIENTS, PRODUCT

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
