"""Who is let in at the push door. A stranger learns nothing from a refusal, neither by its words nor by its time."""

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping

from adapters.host.auth import (
    NOT_THIS_ACCOUNT,
    Basic,
    BearerToken,
    BodySignature,
    Credential,
    CredentialWrong,
    HeaderKey,
)
from adapters.host.body import Body
from adapters.host.values import Account
from services.kernel.errors import GatewayError, Unauthenticated
from services.kernel.identity import TokenVerifier

NO_BODY = Body(b"", 0)


class Doorkeeper:
    """Asks for credentials. Whoever is refused has cost the same comparisons, whichever kind of account was named, or
    none that exists: one of each kind, of the account's own where it has that kind and of nobody's where not."""

    def __init__(self, credentials: Iterable[Credential], verifier: TokenVerifier) -> None:
        self._signed = [each for each in credentials if isinstance(each, BodySignature)]
        nobodys = [secrets.token_hex()]
        self._nobodys: tuple[Credential, ...] = (
            HeaderKey("authorization", nobodys),
            Basic("nobody", nobodys),
            BearerToken(verifier, ""),
        )
        self._nobodys_signature = BodySignature("signature", nobodys)

    async def admit(self, account: Account | None, headers: Mapping[str, str]) -> str | None:
        """The actor; None where the body is to be read, as it may prove more: then `admit_by_body` decides.

        Raises CredentialWrong, or Denied to whom the account belongs.
        """
        own = account.credential if account else None
        if account and own and not isinstance(own, BodySignature):
            try:
                return await own.check(headers, NO_BODY, account.partner)
            except Unauthenticated:
                pass  # Told below, when as much was done as for any other account.
        for each in self._nobodys:
            if type(each) is not type(own):
                await _in_vain(each, headers, NO_BODY)
        if any(each.needs_body(headers) for each in self._signed):
            return None
        raise CredentialWrong(NOT_THIS_ACCOUNT)

    async def admit_by_body(self, account: Account | None, headers: Mapping[str, str], body: Body) -> str:
        """The actor; raises CredentialWrong."""
        if account and isinstance(account.credential, BodySignature):
            return await account.credential.check(headers, body, account.partner)
        await _in_vain(self._nobodys_signature, headers, body)
        raise CredentialWrong(NOT_THIS_ACCOUNT)

    async def who(
        self, account: Account | None, headers: Mapping[str, str], read: Callable[[], Awaitable[Body]]
    ) -> Body:
        """The body of a request that is let in; a stranger's is not read, unless a signature over it may prove more."""
        actor = await self.admit(account, headers)
        body = await read()
        if actor is None:
            await self.admit_by_body(account, headers, body)
        return body


async def _in_vain(credential: Credential, headers: Mapping[str, str], body: Body) -> None:
    try:
        await credential.check(headers, body, "")
    except GatewayError:
        return
