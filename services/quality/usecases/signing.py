"""Signing: the person, what they were shown, and the key that seals what they sign."""

from dataclasses import dataclass, field
from datetime import datetime

from services.kernel.signer import Signer
from services.quality.domain import signing
from services.quality.domain.signing import Meaning, Signature, SigningRequest
from services.quality.store import Unit


@dataclass(frozen=True, slots=True)
class SealingKeys:
    """The key by which signatures are sealed, and its name."""

    key_id: str
    key: bytes = field(repr=False)

    @staticmethod
    def of(key_id: str, digits: str) -> "SealingKeys":
        """The key of the settings, of hexadecimal digits."""
        return SealingKeys(key_id, bytes.fromhex(digits))


@dataclass(frozen=True, slots=True)
class Pen:
    """Somebody who signs what they were shown, by its hash."""

    signer: Signer
    shown: str
    keys: SealingKeys

    async def sign(self, unit: Unit, record: str, current: str, meaning: Meaning, now: datetime) -> Signature:
        """The signature, sealed and stored in the caller's transaction, which holds the lock on the record."""
        asked = SigningRequest(record, self.shown, meaning)
        since = now - max(self.signer.step_up.idle_max, self.signer.step_up.max_age)
        earlier = await unit.earlier_signatures(record, self.signer.subject, since, self.signer.token_id)
        signature = signing.sign(asked, current, self.signer, now, [each.signature for each in earlier])
        of_record = [each for each in earlier if each.signature.record == record]
        previous = of_record[-1].seal if of_record else ""
        sealed = signing.seal(signature, previous, self.keys.key_id, self.keys.key)
        if not await unit.put_signature(sealed):
            raise signing.TokenUsed("This token has signed; each signature wants a new one.")
        return signature
