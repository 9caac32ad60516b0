"""Makes retrieval test sets in the layout of BEIR from SweFAQ and from statutes.

SweFAQ (Språkbanken Text, CC BY 4.0) holds questions and answers from the websites of Swedish authorities. All answers of
the part that is given are candidates for each of its questions. Written are, below the folder `--out`:

- `alone`: the answers as they are, without headings
- `headings`: each answer with its category as heading
- `statutes`: the same among the sections of statutes, which answer none of the questions (with `--statutes`)

Decisions belong on the development part:

    python3 eval/swefaq.py ../shared/data/swefaq/swefaq_dev.jsonl --statutes ../shared/data/lagar --out target/swefaq
    rutinlots eval retrieval --set target/swefaq/headings --run-out target/swefaq/headings.run
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
SECTION = re.compile(r"\d+ ?\w? §")


def answers(lines: list[dict]) -> tuple[list[dict], list[dict], list[tuple[str, str]]]:
    """Entries with their category as title, queries, and which entry answers which query."""
    entries: dict[str, dict] = {}
    queries, judged = [], []
    for number, line in enumerate(lines, start=1):
        category = line["category_id"]
        title = " – ".join(part.strip() for part in line["meta"]["category"].split("::"))
        for index, text in enumerate(line["candidate_answers"]):
            name = f"svar-{category}-{index}"
            if entries.setdefault(name, {"_id": name, "title": title, "text": text})["text"] != text:
                raise SystemExit(f"the answers of category {category} are not the same in all of its lines")
        queries.append({"_id": f"fraga-{number}", "text": line["question"]})
        judged.append((f"fraga-{number}", f"svar-{category}-{line['label']}"))
    return list(entries.values()), queries, judged


def sections(file: Path) -> list[dict]:
    """The sections of a statute, each under the statute's name and the headings above it."""
    # Some files are front matter alone.
    head, _, body = file.read_text(encoding="utf-8").partition("\n---\n")
    name = re.search(r"^rubrik: *(.+)$", head, re.M)
    title = name.group(1).strip('" ') if name else file.stem
    path: dict[int, str] = {}
    out: list[dict] = []
    for line in (line.strip() for line in body.splitlines()):
        heading = re.match(r"(#+) (.+)", line)
        if heading:
            level = len(heading.group(1))
            path = {above: text for above, text in path.items() if above < level}
            path[level] = heading.group(2).strip()
            if SECTION.fullmatch(path[level]):
                headings = dict.fromkeys([title, *(path[above] for above in sorted(path))])
                entry = {"_id": f"{file.stem}-{len(out) + 1}", "title": " – ".join(headings), "text": ""}
                out.append(entry)
        elif line and out and any(SECTION.fullmatch(text) for text in path.values()):
            out[-1]["text"] += ("\n" if out[-1]["text"] else "") + LINK.sub(r"\1", line)
    return [entry for entry in out if entry["text"]]


def write(folder: Path, entries: list[dict], queries: list[dict], judged: list[tuple[str, str]]) -> None:
    """Writes a set; `qrels` has one part, named like the part of SweFAQ."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    for name, lines in (("corpus", entries), ("queries", queries)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    lines = "".join(f"{query}\t{entry}\t1\n" for query, entry in judged)
    (folder / "qrels" / "swefaq.tsv").write_text("query-id\tcorpus-id\tscore\n" + lines, encoding="utf-8")
    print(f"{folder}: {len(entries)} entries, {len(queries)} queries")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("swefaq", type=Path, help="a part of SweFAQ, JSON lines")
    parser.add_argument("--statutes", type=Path, help="folder with statutes in Markdown, one file each")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the sets below")
    args = parser.parse_args()
    with args.swefaq.open(encoding="utf-8") as file:
        entries, queries, judged = answers([json.loads(line) for line in file if line.strip()])
    write(args.out / "alone", [entry | {"title": ""} for entry in entries], queries, judged)
    write(args.out / "headings", entries, queries, judged)
    if args.statutes:
        distractors = [section for file in sorted(args.statutes.glob("*.md")) for section in sections(file)]
        write(args.out / "statutes", entries + distractors, queries, judged)


if __name__ == "__main__":
    main()
