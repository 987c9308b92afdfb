"""The glossary tells each word once, and the names in it are there."""

import re

from tests.architecture.tree import ROOT

ROW = re.compile(r"^\| (?P<words>[^|]+) \| (?P<meaning>[^|]+) \|$", re.MULTILINE)
NAME = re.compile(r"`(?:\w+\.)?(\w+)`")


def glossary() -> list[tuple[str, str]]:
    """Words and meanings of services/README.md."""
    text = (ROOT / "services/README.md").read_text().partition("## Words")[2].partition("## Decisions")[0]
    return [(found["words"], found["meaning"]) for found in ROW.finditer(text) if found["words"] not in ("word", "---")]


def test_each_word_stands_once() -> None:
    words = [word.strip() for words, _ in glossary() for word in words.split(",")]
    assert len(words) > 30
    assert sorted(set(words)) == sorted(words)


def test_each_name_in_the_glossary_is_one_of_the_kernels() -> None:
    files = list((ROOT / "services/kernel").rglob("*.py"))
    known = {file.stem for file in files} | {
        name for file in files for name in re.findall(r"^class (\w+)", file.read_text(), re.MULTILINE)
    }
    told = {name for _, meaning in glossary() for name in NAME.findall(meaning)}
    assert len(told) > 8
    assert told - known == set()
