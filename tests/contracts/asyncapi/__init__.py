"""The AsyncAPI document of our topics, made from the descriptors so that it says what the protos say."""

from tests.contracts.asyncapi.document import FILE, document, text

__all__ = ["FILE", "document", "text"]
