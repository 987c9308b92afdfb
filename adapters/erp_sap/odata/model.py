"""What an OData service has, whatever document said so: sets, types, fields with their limits, functions.

Mappings ask this model and not the document, so that a reader of another version can stand beside that of V2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum


class DefinitionFault(Exception):
    """A service is not as we need it: the document cannot be read, or a set, a field or a function is not in it."""

    def __init__(self, words: str, service: str, entity: str = "", field: str = "") -> None:
        place = ".".join(each for each in (entity, field) if each)
        super().__init__(f"service {service}{f', {place}' if place else ''}: {words}")
        self.service, self.entity, self.field = service, entity, field


class EdmType(Enum):
    """The primitive types of OData V2."""

    BINARY = "Edm.Binary"
    BOOLEAN = "Edm.Boolean"
    BYTE = "Edm.Byte"
    DATE_TIME = "Edm.DateTime"  # a wall time without a zone
    DATE_TIME_OFFSET = "Edm.DateTimeOffset"  # an instant
    DECIMAL = "Edm.Decimal"
    DOUBLE = "Edm.Double"
    GUID = "Edm.Guid"
    INT16 = "Edm.Int16"
    INT32 = "Edm.Int32"
    INT64 = "Edm.Int64"
    SBYTE = "Edm.SByte"
    SINGLE = "Edm.Single"
    STRING = "Edm.String"
    TIME = "Edm.Time"


@dataclass(frozen=True, slots=True)
class TypedField:
    """A field of an entity, or a parameter of a function, with the limits of its values; None where none is said."""

    name: str
    type: EdmType
    nullable: bool = True
    length_max: int | None = None  # characters, of Binary bytes
    precision: int | None = None  # digits in all; of times, behind the second
    scale: int | None = None  # of them behind the point
    is_date: bool = False  # a DateTime that is a day of the calendar (sap:display-format="Date")
    is_upper_case: bool = False  # sap:display-format="UpperCase"
    is_etag: bool = False  # ConcurrencyMode="Fixed": its change is what an ETag tells
    creatable: bool = True
    updatable: bool = True
    filterable: bool = True


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """The way from an entity to others."""

    name: str
    target: str  # the entity type at its end
    is_many: bool


@dataclass(frozen=True, slots=True)
class EntityType:
    """What the entities of some sets look like, or, without a key, what a function answers."""

    name: str
    key: tuple[str, ...]
    fields: Mapping[str, TypedField]
    links: Mapping[str, NavigationLink]
    unread: Mapping[str, str] = field(default_factory=dict)  # fields whose type we do not read, and that type

    @property
    def has_etag(self) -> bool:
        """Whether a change must say which state it changes."""
        return any(each.is_etag for each in self.fields.values())


@dataclass(frozen=True, slots=True)
class EntitySet:
    """Entities that can be asked for by this name."""

    name: str
    type: EntityType
    creatable: bool = True
    updatable: bool = True
    deletable: bool = True
    addressable: bool = True


@dataclass(frozen=True, slots=True)
class FunctionImport:
    """A function, with its typed parameters. Names are case-sensitive."""

    name: str
    method: str
    parameters: Mapping[str, TypedField]
    returns: str  # the name of the type, without namespace; empty: nothing
    returns_many: bool = False
    unread: Mapping[str, str] = field(default_factory=dict)  # parameters whose type we do not read, and that type


@dataclass(frozen=True, slots=True)
class ServiceModel:
    """All of a service. `name` is what stands in its address, `namespace` what the document says, which may differ."""

    name: str
    namespace: str
    sets: Mapping[str, EntitySet]
    types: Mapping[str, EntityType]
    functions: Mapping[str, FunctionImport]

    def entity_set(self, name: str) -> EntitySet:
        """The set; raises DefinitionFault."""
        if name not in self.sets:
            raise DefinitionFault(f"there is no entity set {name}{_near(name, self.sets)}", self.name, name)
        return self.sets[name]

    def field(self, entity_set: str, name: str) -> TypedField:
        """A field of the entities of a set; raises DefinitionFault."""
        return self.field_of(self.entity_set(entity_set).type, name)

    def field_of(self, entity: EntityType, name: str) -> TypedField:
        """A field of a type; raises DefinitionFault."""
        if name in entity.unread:
            words = f"its type {entity.unread[name]} is none that we read"
            raise DefinitionFault(words, self.name, entity.name, name)
        if name not in entity.fields:
            words = f"there is no field {name}{_near(name, entity.fields)}"
            raise DefinitionFault(words, self.name, entity.name, name)
        return entity.fields[name]

    def link_of(self, entity: EntityType, name: str) -> NavigationLink:
        """A navigation of a type; raises DefinitionFault."""
        if name not in entity.links:
            words = f"there is no navigation {name}{_near(name, entity.links)}"
            raise DefinitionFault(words, self.name, entity.name, name)
        return entity.links[name]

    def target_of(self, link: NavigationLink) -> EntityType:
        """The type at the end of a navigation."""
        return self.type(link.target)

    def type(self, name: str) -> EntityType:
        """A type of entities or of what functions answer; raises DefinitionFault."""
        if name not in self.types:
            raise DefinitionFault(f"there is no type {name}", self.name, name)
        return self.types[name]

    def function(self, name: str) -> FunctionImport:
        """A function; raises DefinitionFault."""
        if name not in self.functions:
            raise DefinitionFault(f"there is no function {name}{_near(name, self.functions)}", self.name, name)
        return self.functions[name]


# How a document becomes a model: the name of the service as it stands in its address, and the document.
MetadataReader = Callable[[str, bytes], ServiceModel]


def _near(name: str, known: Mapping[str, object]) -> str:
    """The same name in other letters, which is what a wrong one often is."""
    alike = [each for each in known if each.lower() == name.lower()]
    return f" (names are case-sensitive: there is {alike[0]})" if alike else ""
