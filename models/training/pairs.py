"""The texts that the models are trained on, and the held-out ones that decide when to stop.

Three sources: `pairs/*.jsonl`, written for this purpose (format: README.md); the development part of SweFAQ; headings
and sections of statutes. Nothing of `eval/` or `corpus/` is read for training.
"""

from __future__ import annotations

import json
import random
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path

HELD_OUT_STATUTES = {"sfs-1993-387", "sfs-2017-900"}
HELD_OUT_CATEGORIES = 3
"""The last ones of SweFAQ's development part, in order of appearance."""


@dataclass(frozen=True)
class Passage:
    """A stretch of a document with its headings."""

    document: str
    title: str
    heading: tuple[str, ...]
    units: tuple[str, ...]

    def text(self, chance: random.Random | None = None) -> str:
        """As the index embeds it (`src/index/build.rs`); with `chance`, now and then without title or headings."""
        heads = [self.title, *(h for h in self.heading if h != self.title)]
        if chance is not None:
            if chance.random() < 0.15:
                heads = heads[1:]
            if chance.random() < 0.1:
                heads = heads[:1]
        joint = " " if chance is None or chance.random() < 0.6 else "\n"
        return " – ".join(heads) + "\n" + joint.join(self.units)

    def unit_text(self, index: int) -> str:
        """As the index embeds a unit."""
        head = self.heading[-1] if self.heading else self.title
        return f"{head}: {self.units[index]}"


@dataclass(frozen=True)
class Pair:
    """A question, the passage that answers it, and its answering units."""

    question: str
    passage: int
    units: tuple[int, ...]
    source: str


@dataclass
class Texts:
    """Passages, the questions that they answer, and questions that only seem to be answered by one."""

    passages: list[Passage] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    near: list[tuple[str, int]] = field(default_factory=list)

    def siblings(self) -> dict[str, list[int]]:
        """Passages by document."""
        out: dict[str, list[int]] = {}
        for index, passage in enumerate(self.passages):
            out.setdefault(passage.document, []).append(index)
        return out


def held_out(document: str) -> bool:
    """Every tenth written document, by its name."""
    return zlib.crc32(document.encode()) % 10 == 0


def written(folder: Path) -> tuple[Texts, Texts]:
    """The written passages: training part and held-out part."""
    parts = (Texts(), Texts())
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if not line.strip():
                continue
            row = json.loads(line)
            part = parts[held_out(row["document"])]
            index = len(part.passages)
            passage = Passage(row["document"], row["title"], tuple(row["heading"]), tuple(row["sentences"]))
            part.passages.append(passage)
            for question in row["questions"]:
                source = "plain" if question.get("plain") else "written"
                part.pairs.append(Pair(question["q"], index, tuple(question["a"]), source))
            part.near.extend((question, index) for question in row["near"])
    return parts


def off_topic(folder: Path) -> list[str]:
    """Questions about the world outside of care, which no passage answers; none if the folder has no such file."""
    file = folder / "off_topic.txt"
    if not file.exists():
        return []
    return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def swefaq(file: Path) -> tuple[Texts, Texts]:
    """SweFAQ's development part. A category's questions share their candidate answers."""
    parts = (Texts(), Texts())
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    categories = list(dict.fromkeys(row["category_id"] for row in rows))
    late = set(categories[-HELD_OUT_CATEGORIES:])
    for row in rows:
        part = parts[row["category_id"] in late]
        index = len(part.passages)
        answer = row["candidate_answers"][row["label"]].strip()
        units = tuple(re.split(r"(?<=[.!?]) (?=[A-ZÅÄÖ])", answer))
        part.passages.append(Passage(f"swefaq-{row['category_id']}", row["meta"]["category"], (), units))
        part.pairs.append(Pair(row["question"], index, (), "swefaq"))
    return parts


def statutes(folder: Path) -> tuple[Texts, Texts]:
    """Sections of statutes, each asked for by the heading that it stands under (which is then not part of its text)."""
    parts = (Texts(), Texts())
    for file in sorted(folder.glob("*.md")):
        part = parts[file.stem in HELD_OUT_STATUTES]
        body = file.read_text(encoding="utf-8").split("\n---\n", 1)[-1]
        name = re.search(r"^rubrik: *(.+)$", file.read_text(encoding="utf-8"), re.M)
        title = name.group(1).strip('" ') if name else file.stem
        chapter, heading, section = "", "", None
        lines: dict[tuple[str, str, str], list[str]] = {}
        for line in body.splitlines():
            level = re.match(r"(#{2,4}) (.+)", line)
            if level and re.fullmatch(r"\d+ ?\w? §", level.group(2).strip()):
                section = level.group(2).strip()
            elif level:
                section = None
                if len(level.group(1)) == 2:
                    chapter, heading = re.sub(r"^\d+ kap\. *", "", level.group(2)).strip(), ""
                else:
                    heading = level.group(2).strip()
            elif section and line.strip():
                text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line.strip())
                text = re.sub(r" *Lag \(\d{4}:\d+\)\.$", "", text)
                lines.setdefault((chapter, heading, section), []).append(text)
        for (chapter, heading, section), texts in lines.items():
            index = len(part.passages)
            text = " ".join(texts)
            if len(text) < 60:
                continue
            part.passages.append(Passage(file.stem, title, (), tuple(re.split(r"(?<=[.:]) (?=[A-ZÅÄÖ])", text))))
            question = heading or chapter
            if len(question.split()) >= 2:
                part.pairs.append(Pair(question, index, (), "statute"))
    return parts
