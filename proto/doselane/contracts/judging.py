"""One body against one schema: may what the consumer relies on be so, and is what it sends taken?

What the example says is looked at by a JSON Schema library; here stands what Pact's matchers make of that. An answer
need not be like its example where a matcher says so; a request is sent as its example is, but for its generators.
"""

import copy
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from doselane.contracts.findings import ContractFinding, error, has_errors, unknown, warning
from doselane.contracts.matching import ANY_OF, Matcher, MatchingRules, Place, matchers_in, places, pointer_of, steps_of
from doselane.contracts.schemas import Schema, SchemaBook

# What each matcher says of a value's type in JSON; those that are not here say nothing of it.
_TYPES: Mapping[str, frozenset[str]] = {
    "integer": frozenset({"integer"}), "decimal": frozenset({"number"}), "number": frozenset({"integer", "number"}),
    "boolean": frozenset({"boolean"}), "null": frozenset({"null"}), "include": frozenset({"string"}),
    "date": frozenset({"string"}), "time": frozenset({"string"}), "timestamp": frozenset({"string"}),
    "datetime": frozenset({"string"}), "semver": frozenset({"string"}),
}  # fmt: skip
# Matchers by which a value may be another than the example's, as long as it is of its type.
_LOOSE = frozenset({"type", "integer", "decimal", "number", "boolean", "notempty", "null"})
_KNOWN = frozenset(_TYPES) | _LOOSE | {
    "equality", "regex", "arraycontains", "values", "eachkey", "eachvalue", "statuscode", "contenttype",
}  # fmt: skip
_SIZES = ("minItems", "maxItems", "minProperties", "maxProperties")
_TYPE, _NAMED, _REQUIRED = "type", "additionalProperties", "required"


@dataclass(frozen=True, slots=True)
class Subject:
    """A body with what is said of it. `sent`: the consumer sends it; else it reads it."""

    value: Any
    schema: Schema
    book: SchemaBook
    rules: MatchingRules = field(default_factory=MatchingRules)
    generators: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sent: bool = False
    part: str = "answer"
    snake_case_is_read: bool = False  # whether names as the protos have them are taken, too


def judge(subject: Subject) -> Iterator[ContractFinding]:
    """What is wrong with it."""
    value, generated, findings = _as_sent(subject) if subject.sent else (subject.value, set(), [])
    yield from findings
    for fault in subject.book.errors(value, subject.schema, sent=subject.sent):
        yield from _judged(subject, value, fault, generated)
    if not subject.sent:
        for steps, matchers in subject.rules:
            for matcher in matchers:
                yield from _of_rule(subject, steps, matcher)
    yield from _will_go(subject, value)


def _judged(subject: Subject, value: Any, fault: Any, generated: set[Place]) -> Iterator[ContractFinding]:
    place, keyword = tuple(fault.instance_path), str(fault.kind.name)
    pointer, matchers = pointer_of(place), () if subject.sent else subject.rules.at(place)
    here = next((each for _, each in places(value, place)), None)
    if keyword == _NAMED:
        yield from _not_named(subject, place, fault.kind.unexpected)
    elif keyword == _REQUIRED:
        name = str(fault.kind.property)
        yield error("FIELD_REQUIRED", f"`{name}` must be sent", subject.part, f"{pointer}/{name}")
    elif keyword == _TYPE:
        yield from _of_other_type(subject, pointer, here, fault)
    elif any(place[: len(each)] == each for each in generated):
        return  # What will stand there is not known before.
    elif keyword in _SIZES and any(
        {"min", "max"} & each.said.keys() for matcher in matchers for each in matcher.alternatives
    ):
        return  # Said by the rule, which is looked at by itself.
    elif matchers and all(any(each.kind.lower() in _LOOSE for each in matcher.alternatives) for matcher in matchers):
        words = f"the example is a value that is never sent: {fault.message}"
        yield warning("EXAMPLE_NOT_SENT", words, subject.part, pointer)
    else:
        code = "VALUE_REFUSED" if subject.sent else "VALUE_NEVER_SENT"
        yield error(code, str(fault.message), subject.part, pointer)


def _of_other_type(subject: Subject, pointer: str, here: Any, fault: Any) -> Iterator[ContractFinding]:
    types = fault.kind.types
    words = f"the contract has {_in_words(here)}; it is {' or '.join(types)}"
    if "string" in types and isinstance(here, int | float) and not isinstance(here, bool):
        words += ". 64-bit numbers are texts in JSON"
        if subject.sent:
            # Protobuf JSON reads both, and writes texts.
            yield warning("NUMBER_AS_TEXT", f"{words}: better send one, as it is read by favour", subject.part, pointer)
            return
    yield error("TYPE_DIFFERS", words, subject.part, pointer)


def _not_named(subject: Subject, place: Place, names: list[str]) -> Iterator[ContractFinding]:
    said = subject.book.at(subject.schema, place) or {}
    there = list(said.get("properties", {}))
    for name in names:
        camel = re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
        near = [camel] if camel in there else difflib.get_close_matches(name, there, 1)
        hint = f"; is `{near[0]}` meant?" if near else f"; there are {', '.join(there)}" if there else ""
        pointer = pointer_of((*place, name))
        if subject.sent and subject.snake_case_is_read and camel in there:
            words = f"`{name}` is read as `{camel}`, but what it holds is not compared: write `{camel}`"
            yield warning("NAME_OF_PROTO", words, subject.part, pointer)
        else:
            what = "and is refused" if subject.sent else "so it is never there"
            yield error("FIELD_UNKNOWN", f"there is no field `{name}`, {what}{hint}", subject.part, pointer)


def _of_rule(subject: Subject, steps: Place, matcher: Matcher) -> Iterator[ContractFinding]:
    kind, pointer = matcher.kind.lower(), pointer_of(steps)
    if matcher.kind == ANY_OF:
        found = [list(_of_rule(subject, steps, each)) for each in _one_expression(matcher.alternatives)]
        yield from min((each for each in found if not has_errors(each)), key=len, default=found[0])
        return
    if kind not in _KNOWN:
        words = f"the matcher {matcher.kind!r} is not known here, so what it says is not judged"
        yield unknown("MATCHER_UNKNOWN", words, subject.part, pointer)
        return
    if kind == "contenttype":
        words = "what the bytes are is not said by our documents, so it is not judged"
        yield unknown("CONTENT_NOT_JUDGED", words, subject.part, pointer)
        return
    said = subject.book.at(subject.schema, steps)
    if said is None:
        return  # What stands there is free, or the example said already that there is nothing.
    yield from _of_type(subject, pointer, matcher, said)
    if kind == "regex":
        yield from _of_pattern(subject, steps, matcher, said)
    yield from _of_size(subject, pointer, matcher, said)
    if kind == "eachkey":
        yield from _of_keys(subject, steps, matcher, said)
    for below, inner in _within(steps, matcher):
        yield from _of_rule(subject, below, inner)


def _one_expression(alternatives: tuple[Matcher, ...]) -> tuple[Matcher, ...]:
    """The same, their expressions as one: of what may stand there one takes this and another that."""
    written = [str(each.said.get("regex", "")) for each in alternatives if each.kind.lower() == "regex"]
    joined = "|".join(f"(?:{each})" for each in written)
    try:
        re.compile(joined)
    except re.error:
        return alternatives
    others = tuple(each for each in alternatives if each.kind.lower() != "regex")
    return (Matcher("regex", {"regex": joined}), *others) if len(written) > 1 else alternatives


def _within(steps: Place, matcher: Matcher) -> Iterator[tuple[Place, Matcher]]:
    """The rules that a matcher holds for what lies below its place: of each value, or of one in a list."""
    kind = matcher.kind.lower()
    if kind == "eachvalue":
        for inner in _inner(matcher):
            yield (*steps, "*"), inner
    elif kind == "arraycontains":
        for number, variant in enumerate(_mappings(matcher.said.get("variants"))):
            index = variant.get("index", number)
            rules = variant.get("rules")
            for path, rule in rules.items() if isinstance(rules, Mapping) and isinstance(index, int) else ():
                for inner in matchers_in(rule):
                    yield (*steps, index, *steps_of(path)), inner


def _of_keys(subject: Subject, steps: Place, matcher: Matcher, said: Schema) -> Iterator[ContractFinding]:
    """Whether names can be as the contract wants each of them."""
    for inner in _inner(matcher):
        if inner.kind.lower() != "regex":
            continue
        written = str(inner.said.get("regex", ""))
        try:
            pattern = re.compile(written)
        except re.error:
            words = f"the expression {written!r} is not read here, so it is not judged"
            yield unknown("PATTERN_NOT_READ", words, subject.part, pointer_of(steps))
            continue
        for place, example in places(subject.value, steps):
            wrong = [name for name in example if not pattern.search(str(name))] if isinstance(example, dict) else []
            if wrong:
                words = f"the example's name {wrong[0]!r} does not match the contract's own {written!r}"
                yield error("EXAMPLE_DOES_NOT_MATCH", words, subject.part, pointer_of(place))
        names = [str(name) for name in said.get("properties", ())]
        if names and not any(map(pattern.search, names)):
            words = f"none of the names ({', '.join(names)}) matches {written!r}"
            yield error("VALUE_NEVER_SENT", words, subject.part, pointer_of(steps))


def _inner(matcher: Matcher) -> tuple[Matcher, ...]:
    return matchers_in({"matchers": _mappings(matcher.said.get("rules"))})


def _mappings(given: Any) -> list[Mapping[str, Any]]:
    return [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []


def _of_type(subject: Subject, pointer: str, matcher: Matcher, said: Schema) -> Iterator[ContractFinding]:
    wanted, types = _TYPES.get(matcher.kind.lower()), _types(said)
    if wanted is None or not types or wanted & types:
        return
    if matcher.kind.lower() == "integer" and "number" in types:
        words = "the matcher wants whole numbers, and it may have a fraction"
        yield warning("NOT_ALWAYS_WHOLE", words, subject.part, pointer)
        return
    words = f"the matcher `{matcher.kind}` takes no {' or '.join(sorted(types))}, which it is"
    yield error("TYPE_DIFFERS", words, subject.part, pointer)


def _of_pattern(subject: Subject, steps: Place, matcher: Matcher, said: Schema) -> Iterator[ContractFinding]:
    pointer, written = pointer_of(steps), str(matcher.said.get("regex", ""))
    try:
        pattern = re.compile(written)
    except re.error as fault:
        words = f"the expression {written!r} is not read here ({fault}), so it is not judged"
        yield unknown("PATTERN_NOT_READ", words, subject.part, pointer)
        return
    for place, example in places(subject.value, steps):
        if isinstance(example, dict | list):
            words = f"the matcher `regex` takes no {'object' if isinstance(example, dict) else 'list'}"
            yield error("TYPE_DIFFERS", words, subject.part, pointer_of(place))
        elif not pattern.search(example if isinstance(example, str) else str(example).lower()):
            words = f"the example {example!r} does not match the contract's own {written!r}"
            yield error("EXAMPLE_DOES_NOT_MATCH", words, subject.part, pointer_of(place))
    values = [str(each) for each in said.get("enum", ())]
    if values and not any(map(pattern.search, values)):
        words = f"none of the values ({', '.join(values)}) matches {written!r}"
        yield error("VALUE_NEVER_SENT", words, subject.part, pointer)
    elif others := [each for each in values if not pattern.search(each) and not each.endswith("_UNSPECIFIED")]:
        words = f"it may also be {', '.join(others)}, which the contract's {written!r} does not take"
        yield warning("OTHER_VALUES", words, subject.part, pointer)


def _of_size(subject: Subject, pointer: str, matcher: Matcher, said: Schema) -> Iterator[ContractFinding]:
    if matcher.kind.lower() != "type" or "array" not in _types(said):
        return
    least, most = matcher.said.get("min"), matcher.said.get("max")
    if isinstance(least, int) and least > said.get("maxItems", least):
        words = f"the contract wants at least {least}; there are at most {said['maxItems']}"
        yield error("SIZE_DIFFERS", words, subject.part, pointer)
    if isinstance(most, int) and most < said.get("minItems", 0):
        words = f"the contract takes at most {most}; there are at least {said['minItems']}"
        yield error("SIZE_DIFFERS", words, subject.part, pointer)
    elif isinstance(most, int) and most < said.get("maxItems", most + 1):
        words = f"the contract takes at most {most}; that there are not more is promised nowhere"
        yield warning("SIZE_NOT_PROMISED", words, subject.part, pointer)


def _will_go(subject: Subject, value: Any, place: Place = ()) -> Iterator[ContractFinding]:
    """What the contract uses and the document says will go away."""
    said = subject.book.at(subject.schema, place)
    if said is None:
        return
    if place and said.get("deprecated"):
        yield warning("WILL_GO", words_of_end(said), subject.part, pointer_of(place))
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _will_go(subject, each, (*place, str(name)))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _will_go(subject, each, (*place, index))


def words_of_end(said: Mapping[str, Any]) -> str:
    """What a document says of the end of something, in words."""
    day = said.get("x-sunset")
    end = f"may be gone from {day} on" if day else "will go away, on a day that is not set yet"
    told = str(said.get("description", "")).partition(". ")[0]
    return f"it {end}" + (f" ({told})" if told else "")


def _as_sent(subject: Subject) -> tuple[Any, set[Place], list[ContractFinding]]:
    """The example with what generators put in, where that is known; and where it is not."""
    value, places_generated, findings = copy.deepcopy(subject.value), set(), []
    for path, generator in subject.generators.items():
        kind = str(generator.get("type", ""))
        if kind not in _GENERATED:
            words = f"the generator {kind!r} is not known here, so what is sent is not judged"
            findings.append(unknown("GENERATOR_UNKNOWN", words, subject.part, pointer_of(steps_of(path))))
        for place, example in list(places(value, steps_of(path))):
            places_generated.add(place)
            made = _GENERATED.get(kind)
            if made is not None and place:
                _put(value, place, made(generator, example))
    return value, places_generated, findings


# What a generator puts in, as far as its type is concerned; ProviderState and unknown ones keep the example.
_GENERATED: Mapping[str, Any] = {
    "ProviderState": None,
    "RandomInt": lambda said, _: said.get("min", 0),
    "RandomDecimal": lambda *_: 1.5,
    "RandomHexadecimal": lambda *_: "0f",
    "RandomString": lambda *_: "text",
    "RandomBoolean": lambda *_: True,
    "Uuid": lambda *_: "0198a1b2-6f00-7000-8000-000000000001",
    **dict.fromkeys(("Regex", "Date", "Time", "DateTime", "MockServerURL"), lambda _, example: str(example)),
}


def _put(value: Any, place: Place, made: Any) -> None:
    for step in place[:-1]:
        value = value[step]
    value[place[-1]] = made


def _types(said: Schema) -> frozenset[str]:
    told = said.get("type", ())
    return frozenset((told,) if isinstance(told, str) else told)


def _in_words(value: Any) -> str:
    if value is None:
        return "null"
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "something else")
