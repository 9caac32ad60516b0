#!/usr/bin/env python3
"""Builds the sample documents of the made-up municipality Lotsby kommun.

Rutinlots is tried and tested on documents that look like those a Swedish municipality really has: Word files with a header
table, PDF files from Word, from a web browser and from a scanner, OpenDocument and Excel files, intranet pages, plain text,
and a damaged file. They are all made here from Markdown with YAML front matter: `kallor/<slug>.md` becomes
`dokument/<collection>/<slug>.<format>`.

    python3 build.py                build what is missing or stale, remove outputs whose source is gone
    python3 build.py --force        build everything again
    python3 build.py --only SLUG    build one document (may be repeated)
    python3 build.py --check        build nothing; exit 1 when an output is missing, stale or left over

Needs, only when something has to be built:
    apt-get install pandoc libreoffice-writer libreoffice-calc chromium fonts-liberation poppler-utils img2pdf
"""
from __future__ import annotations

import argparse
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from string import Template
from xml.sax.saxutils import escape

import office

ROOT = Path(__file__).resolve().parent
SOURCES, TEMPLATES = ROOT / "kallor", ROOT / "kallor" / "mallar"
MANIFEST = SOURCES / ".byggd.json"

# Front matter key -> the label that the reader sees, in the order of a municipal document header.
LABELS = {
    "dokumenttyp": "Dokumenttyp", "diarienummer": "Diarienummer", "beslutad_av": "Beslutad av",
    "beslutsdatum": "Beslutsdatum", "dokumentansvarig": "Dokumentansvarig", "galler_fran": "Gäller från",
    "galler_till": "Gäller till", "revideras": "Revideras senast", "galler_for": "Gäller för",
    "ersatter": "Ersätter", "samling": "Samling", "klassning": "Informationsklass",
}
OPTIONAL, DATES = {"galler_till", "ersatter"}, {"beslutsdatum", "galler_fran", "galler_till", "revideras"}
# Format in the front matter -> ending of the file.
FORMATS = {"pdf": "pdf", "docx": "docx", "html": "html", "md": "md", "txt": "txt", "odt": "odt", "xlsx": "xlsx",
           "scan": "pdf", "damaged": "pdf"}
# No smart typography (it would change the Swedish quotation marks), nothing that could turn "§", "$" or "@" into markup,
# and lists and headings that need no blank line before them, because the authors write as on GitHub.
MARKDOWN = ("markdown-smart-citations-tex_math_dollars-raw_html-raw_tex-subscript-superscript-example_lists"
            "-blank_before_header-yaml_metadata_block-pandoc_title_block+lists_without_preceding_blankline")
PACKAGES = {"pandoc": "pandoc", "soffice": "libreoffice-writer libreoffice-calc", "chromium": "chromium",
            "pdftoppm": "poppler-utils", "img2pdf": "img2pdf"}
TEXT_WIDTH = 9070  # twips between the margins of an A4 page, see SECTION


class BuildError(Exception):
    """Something the person who runs the script can put right; shown without a traceback."""


@dataclass(frozen=True)
class Source:
    slug: str
    path: Path
    meta: dict[str, str]
    body: str

    @property
    def folder(self) -> str:
        ascii_name = self.meta["samling"].lower().translate(str.maketrans("åäöé", "aaoe"))
        return re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")

    @property
    def output(self) -> str:
        return f"dokument/{self.folder}/{self.slug}.{FORMATS[self.meta['format']]}"

    @property
    def decided(self) -> datetime:
        return datetime.fromisoformat(self.meta["beslutsdatum"]).replace(hour=8, tzinfo=timezone.utc)

    def facts(self, open_ended: bool = False) -> list[tuple[str, str]]:
        """Label and value pairs; `open_ended` writes out a missing end date, as the Word templates of many municipalities do."""
        values = dict(self.meta)
        if open_ended:
            values.setdefault("galler_till", "Tills vidare")
        return [(label, values[key]) for key, label in LABELS.items() if key in values]


def read_source(path: Path) -> Source:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BuildError(f"{path.name}: not UTF-8 ({error})") from None
    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.S)
    if not match:
        raise BuildError(f"{path.name}: no YAML front matter between two lines of '---' at the start")
    meta: dict[str, str] = {}
    for line in match[1].splitlines():
        key, colon, value = line.partition(":")
        if line.strip() and not colon:
            raise BuildError(f"{path.name}: front matter line without a colon: {line!r}")
        if value.strip():
            meta[key.strip()] = value.strip().strip("\"'")
    if missing := ({"titel", "format", *LABELS} - OPTIONAL - meta.keys()):
        raise BuildError(f"{path.name}: front matter lacks {', '.join(sorted(missing))}")
    if unknown := meta.keys() - {"titel", "format", *LABELS}:
        raise BuildError(f"{path.name}: unknown front matter key {', '.join(sorted(unknown))}")
    if meta["format"] not in FORMATS:
        raise BuildError(f"{path.name}: format is {meta['format']!r}, must be one of {', '.join(sorted(FORMATS))}")
    for key in DATES & meta.keys():
        try:
            date.fromisoformat(meta[key])
        except ValueError:
            raise BuildError(f"{path.name}: {key} is {meta[key]!r}, must be a date such as 2026-03-31") from None
    return Source(path.stem, path, meta, match[2].strip() + "\n")


def variant_of(source: Source) -> str:
    """Which look a document gets: by its name, so that another document beside it changes nothing."""
    looks = {"pdf": ("word4", "print"), "docx": ("word4", "word2")}.get(source.meta["format"], ("word4",))
    return looks[zlib.crc32(source.slug.encode()) % len(looks)]


# ---- child processes -------------------------------------------------------------------------------------------------

def program(name: str) -> str:
    if not (found := shutil.which(name)):
        raise BuildError(f"the program {name} is missing. Install it with: apt-get install {PACKAGES[name]}")
    return found


def run(command: list[str], source: Source, stdin: str = "", timeout: int = 180) -> str:
    env = os.environ | {"SOURCE_DATE_EPOCH": str(int(source.decided.timestamp())), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, encoding="utf-8", timeout=timeout, env=env)
    except subprocess.TimeoutExpired:
        raise BuildError(f"{source.slug}: {Path(command[0]).name} had not finished after {timeout} s") from None
    if done.returncode:
        raise BuildError(f"{source.slug}: {Path(command[0]).name} failed ({done.returncode}): {done.stderr.strip()[-800:]}")
    return done.stdout


def pandoc(source: Source, body: str, *options: str) -> str:
    return run([program("pandoc"), "-f", MARKDOWN, *options], source, body)


# ---- DOCX ------------------------------------------------------------------------------------------------------------

SECTION = ('<w:sectPr><w:headerReference w:type="default" r:id="rIdheader"/><w:footerReference w:type="default" '
           'r:id="rIdfooter"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1588" w:right="1418" w:bottom="1418" '
           'w:left="1418" w:header="709" w:footer="567" w:gutter="0"/></w:sectPr>')
DEFAULT_FONT = ('<w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman"/>'
                '<w:sz w:val="23"/><w:szCs w:val="23"/><w:lang w:val="sv-SE"/></w:rPr></w:rPrDefault>')


def make_reference(source: Source, target: Path) -> None:
    """Pandoc's own reference.docx with our fonts, A4 page, page header and footer.

    Made anew in each run rather than stored, because a binary file says nothing in a review."""
    run([program("pandoc"), "-o", str(target), "--print-default-data-file", "reference.docx"], source)
    parts = read_zip(target)
    own = re.findall(r"(?s)<w:style .*?</w:style>", (TEMPLATES / "word-stilar.xml").read_text(encoding="utf-8"))
    styles = parts["word/styles.xml"].decode()
    for name in re.findall(r'w:styleId="(\w+)"', "".join(own)):
        styles = re.sub(rf'(?s)<w:style (?:(?!</w:style>).)*?w:styleId="{name}".*?</w:style>', "", styles)
    styles = re.sub(r"(?s)<w:rPrDefault>.*?</w:rPrDefault>", DEFAULT_FONT, styles)
    parts["word/styles.xml"] = styles.replace("</w:styles>", "".join(own) + "</w:styles>").encode()
    relations, types = parts["word/_rels/document.xml.rels"].decode(), parts["[Content_Types].xml"].decode()
    for kind in ("header", "footer"):
        parts[f"word/{kind}1.xml"] = (TEMPLATES / f"word-{kind}1.xml").read_bytes()
        relations = relations.replace("</Relationships>", f'<Relationship Id="rId{kind}" Target="{kind}1.xml" Type="http://'
                                      f'schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/></Relationships>')
        types = types.replace("</Types>", f'<Override PartName="/word/{kind}1.xml" ContentType="application/vnd.openxml'
                              f'formats-officedocument.wordprocessingml.{kind}+xml"/></Types>')
    parts["word/_rels/document.xml.rels"], parts["[Content_Types].xml"] = relations.encode(), types.encode()
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:sectPr />", SECTION.encode())
    write_zip(target, parts, source)


def read_zip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_zip(path: Path, parts: dict[str, bytes], source: Source) -> None:
    """Fixed order and times, so that the same source gives the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda n: (n != "[Content_Types].xml", n)):
            archive.writestr(zipfile.ZipInfo(name, source.decided.timetuple()[:6]), parts[name], zipfile.ZIP_DEFLATED)


def fact_table_docx(source: Source, columns: int) -> str:
    widths = [1750, 2785, 1750, 2785] if columns == 4 else [2600, TEXT_WIDTH - 2600]

    def cell(style: str, text: str, width: int, span: int = 1) -> str:
        shade = '<w:shd w:val="clear" w:color="auto" w:fill="EDEDED"/>' if style == "FactLabel" else ""
        merged = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
        return (f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{merged}{shade}</w:tcPr><w:p><w:pPr>'
                f'<w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{escape(text)}</w:t></w:r></w:p></w:tc>')

    rows: list[list[tuple[str, str]]] = []
    for pair in source.facts(open_ended=True):
        # The long value gets a row of its own in the wide table, as in the real ones.
        alone = columns == 2 or LABELS["galler_for"] in (pair[0], rows[-1][0][0] if rows else "")
        if rows and len(rows[-1]) == 1 and not alone:
            rows[-1].append(pair)
        else:
            rows.append([pair])
    cells = ["".join(cell("FactLabel", label, widths[0]) + cell("FactValue", value, sum(widths[2 * len(row) - 1:]),
                                                                columns - 2 * len(row) + 1)  # one alone fills the row
                     for label, value in row) for row in rows]
    return (f'<w:tbl><w:tblPr><w:tblStyle w:val="Table"/><w:tblW w:w="{TEXT_WIDTH}" w:type="dxa"/>'
            '<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>' + "".join(f'<w:gridCol w:w="{w}"/>' for w in widths) +
            "</w:tblGrid>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>")


def balance_tables(markdown: str) -> str:
    """Sets the dashes under each table's header row after the cells' lengths: pandoc takes the column widths from them."""
    def balance(match: re.Match[str]) -> str:
        lines = match[0].splitlines()
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if line != lines[1]]
        columns = [[row[i] for row in rows if i < len(row)] for i in range(len(rows[0]))]
        # The root keeps a column with one long cell from starving the others; the longest word must fit.
        dashes = [max(6, int(4 * max(map(len, column)) ** 0.5), int(1.3 * max(map(len, " ".join(column).split()), default=0)))
                  for column in columns]
        lines[1] = lines[1][:lines[1].index("|")] + "|" + "|".join("-" * n for n in dashes) + "|"
        return "\n".join(lines) + "\n"
    return re.sub(r"(?m)^ *\|.*\|[ ]*\n *\|[ :|-]+\|[ ]*\n(?: *\|.*\|[ ]*(?:\n|\Z))+", balance, markdown)


def build_docx(source: Source, target: Path, variant: str, work: Path) -> None:
    reference = work / "reference.docx"
    if not reference.exists():
        make_reference(source, reference)
    # A narrow --columns makes pandoc take every table's widths from the dashes.
    pandoc(source, balance_tables(source.body), "--columns=10", "--shift-heading-level-by=-1", "-M", "lang=sv-SE",
           "-M", f"title={source.meta['titel']}", "--reference-doc", str(reference), "-o", str(target))
    parts = read_zip(target)
    document = parts["word/document.xml"].decode()
    # Word wants the style first in a paragraph's properties; pandoc puts the list number before it.
    document = re.sub(r"(<w:numPr>(?:(?!</w:numPr>).)*</w:numPr>)(<w:pStyle [^>]*/>)", r"\2\1", document)

    def dress(match: re.Match[str]) -> str:
        head, *rows = match[0].replace('<w:pStyle w:val="Compact" />', '<w:pStyle w:val="TableText"/>').split("<w:tr>")
        rows[0] = rows[0].replace('"TableText"', '"TableHead"').replace(
            "<w:tcPr />", '<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="D9E2E7"/></w:tcPr>')
        return "<w:tr>".join([head, *rows])
    document = re.sub(r"(?s)<w:tbl>.*?</w:tbl>", dress, document)
    # Word joins a table to what follows it; the empty paragraph is what authors put there themselves.
    document = document.replace("</w:tbl>", '</w:tbl><w:p><w:pPr><w:pStyle w:val="Compact"/></w:pPr></w:p>')
    title = re.search(r'(?s)<w:p><w:pPr><w:pStyle w:val="Title" />.*?</w:p>', document)
    if not title:
        raise BuildError(f"{source.slug}: pandoc wrote no title paragraph (another version of pandoc?)")
    facts = fact_table_docx(source, 2 if variant == "word2" else 4)
    first = title[0] + facts if variant == "word2" else facts + title[0]
    parts["word/document.xml"] = document.replace(title[0], first, 1).encode()
    author = f"<dc:creator>{escape(source.meta['dokumentansvarig'])}</dc:creator>"
    parts["docProps/core.xml"] = parts["docProps/core.xml"].replace(b"<dc:creator></dc:creator>", author.encode())
    write_zip(target, parts, source)


# ---- PDF, HTML, text -------------------------------------------------------------------------------------------------

def settle_pdf(source: Source, pdf: Path) -> None:
    """Puts the day of decision over the time of printing; byte for byte, so that the file's offsets stay right."""
    stamp = f"D:{source.decided:%Y%m%d%H%M%S}".encode()
    data = re.sub(rb"(/(?:CreationDate|ModDate) ?\()D:\d{14}", lambda m: m[1] + stamp, pdf.read_bytes())
    # LibreOffice's file identifiers are drawn from the clock.
    fixed = hashlib.md5(source.slug.encode()).hexdigest().upper().encode()
    data = re.sub(rb"(?<=[</])[0-9A-F]{32}(?=[>\s])", fixed, data)
    pdf.write_bytes(data)


def convert(source: Source, kind: str, path: Path, work: Path) -> Path:
    """What LibreOffice makes of a file; `kind` is an ending, with the filter after a colon where there are several."""
    run(office.soffice(program("soffice"), work / "profil", kind, path, work), source)
    return path.with_suffix("." + kind.partition(":")[0])


def build_pdf_word(source: Source, variant: str, work: Path) -> Path:
    docx = work / f"{source.slug}.docx"
    build_docx(source, docx, variant, work)
    return convert(source, "pdf:writer_pdf_Export", docx, work)


def build_odt(source: Source, variant: str, target: Path, work: Path) -> None:
    docx = work / f"{source.slug}.docx"
    build_docx(source, docx, variant, work)
    convert(source, "odt", docx, work)
    office.settle_zip(target, source.decided)


def build_xlsx(source: Source, target: Path, work: Path) -> None:
    flat = work / f"{source.slug}.fods"
    flat.write_text(office.spreadsheet(source.meta["titel"], source.facts(), source.body), encoding="utf-8")
    convert(source, "xlsx", flat, work)
    office.settle_zip(target, source.decided)


def build_scan(source: Source, variant: str, target: Path, work: Path) -> None:
    folder = work / "scan"
    folder.mkdir(exist_ok=True)
    office.scan(build_pdf_word(source, variant, work).rename(folder / target.name), target,
                lambda command: run(command, source), program, folder)


def build_damaged(source: Source, variant: str, target: Path, work: Path) -> None:
    whole = build_pdf_word(source, variant, work).rename(work / "hel.pdf")
    settle_pdf(source, whole)
    office.damaged(whole, target)


def fact_table_html(source: Source, columns: int) -> str:
    cells = [f"<th scope=\"row\">{html.escape(label)}</th><td>{html.escape(value)}</td>" for label, value in source.facts()]
    step = columns // 2
    if len(cells) % step:  # a pair that stands alone fills the row
        cells[-1] = cells[-1].replace("<td>", '<td colspan="3">')
    rows = ["".join(cells[i:i + step]) for i in range(0, len(cells), step)]
    return '<table class="dokumentfakta">\n' + "\n".join(f"<tr>{row}</tr>" for row in rows) + "\n</table>"


def fill(template: str, source: Source, columns: int, **more: str) -> str:
    values = {key: html.escape(value) for key, value in source.meta.items()}
    # Wide --columns: the browser lays out tables better than pandoc's guesses.
    body = pandoc(source, source.body, "-t", "html5", "--columns=10000", "--wrap=preserve")
    return Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(
        values, innehall=body, faktatabell=fact_table_html(source, columns), **more)


def build_pdf_print(source: Source, target: Path, work: Path) -> None:
    chromium = program("chromium")
    version = re.search(r"(\d+)\.", run([chromium, "--version"], source))
    footer = f"Lotsby kommun · {source.meta['diarienummer']}"
    font = "font:8.5pt Arial,'Liberation Sans',sans-serif;color:#444"
    rules, fixed = (f"@page{{@bottom-left{{content:'{footer}';{font}}}"
                    f"@bottom-right{{content:'Sida ' counter(page) ' (' counter(pages) ')';{font}}}}}"), ""
    if version and int(version[1]) < 131:  # knows no page margin boxes yet
        rules, fixed = f".sidfot{{position:fixed;bottom:0;{font}}}", f'<div class="sidfot">{html.escape(footer)}</div>'
    page = work / f"{source.slug}.html"
    page.write_text(fill("utskrift.html", source, 2, sidfotsregler=rules, sidfot=fixed), encoding="utf-8")
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # Chromium's sandbox refuses root
    run([chromium, "--headless", *sandbox, "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         f"--user-data-dir={work / 'chromium'}", "--no-pdf-header-footer", f"--print-to-pdf={target}", page.as_uri()], source)


def build_html(source: Source, target: Path) -> None:
    meta = "\n".join(f'<meta name="{key}" content="{html.escape(source.meta[key])}">' for key in LABELS if key in source.meta)
    target.write_text(fill("kajen.html", source, 4, meta=meta, mapp=source.folder), encoding="utf-8")


def build_md(source: Source, target: Path) -> None:
    target.write_text(re.sub(r"(?m)^format:.*\n", "", source.path.read_text(encoding="utf-8"), count=1), encoding="utf-8")


def build_txt(source: Source, target: Path) -> None:
    # Without bold: pandoc's plain text would put it in CAPITALS.
    body = pandoc(source, balance_tables(re.sub(r"\*\*(.+?)\*\*", r"\1", source.body)), "-t", "plain", "--columns=78")
    facts = "\n".join(f"{label}: {value}" for label, value in source.facts())
    target.write_text(f"{source.meta['titel']}\n\n{facts}\n\n\n{body}", encoding="utf-8")


# ---- which to build --------------------------------------------------------------------------------------------------

def fingerprint(source: Source, variant: str) -> str:
    """Changes when the source, this script, a template or the chosen look does."""
    digest = hashlib.sha256(variant.encode())
    for path in (source.path, Path(__file__), Path(office.__file__), *sorted(TEMPLATES.glob("*ml"))):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def build(source: Source, variant: str, work: Path) -> None:
    """Made in a scratch folder and copied when whole, so that a failed build leaves the old document as it was."""
    target = work / Path(source.output).name
    match source.meta["format"], variant:
        case "pdf", "print": build_pdf_print(source, target, work)
        case "pdf", _: build_pdf_word(source, variant, work)
        case "docx", _: build_docx(source, target, variant, work)
        case "odt", _: build_odt(source, variant, target, work)
        case "xlsx", _: build_xlsx(source, target, work)
        case "scan", _: build_scan(source, variant, target, work)
        case "damaged", _: build_damaged(source, variant, target, work)
        case "html", _: build_html(source, target)
        case "md", _: build_md(source, target)
        case _: build_txt(source, target)
    if not target.exists():  # soffice exits with 0 also when it could not convert
        raise BuildError(f"{source.slug}: no {target.suffix[1:]} was made. Are libreoffice-writer and chromium whole?")
    if source.meta["format"] == "pdf":
        settle_pdf(source, target)
    (ROOT / source.output).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(target, ROOT / source.output)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--force", action="store_true", help="build everything again")
    parser.add_argument("--only", action="append", metavar="SLUG", help="build this document only")
    parser.add_argument("--check", action="store_true", help="build nothing; exit 1 when an output is missing or stale")
    args = parser.parse_args()
    errors: list[str] = []
    sources: list[Source] = []
    for path in sorted(SOURCES.glob("*.md")):
        try:
            sources.append(read_source(path))
        except BuildError as error:
            errors.append(str(error))
    if unknown := set(args.only or []) - {s.slug for s in sources}:
        errors.append(f"no readable source for: {', '.join(sorted(unknown))}")
    looks = {s.slug: variant_of(s) for s in sources}
    built: dict[str, str] = json.loads(MANIFEST.read_text(encoding="utf-8")) if MANIFEST.exists() else {}
    prints = {s.output: fingerprint(s, looks[s.slug]) for s in sources}
    stale = [s for s in sources if (not args.only or s.slug in args.only)
             and (args.force or not (ROOT / s.output).exists() or built.get(s.output) != prints[s.output])]
    # A source that cannot be read just now must not cost its document: nothing is removed when there were errors.
    gone = [] if args.only or errors else [name for name in built if name not in prints]
    if args.check:
        for line in [*errors, *(f"stale or missing: {s.output}" for s in stale), *(f"left over: {name}" for name in gone)]:
            print(line, file=sys.stderr)
        return 1 if errors or stale or gone else 0
    with tempfile.TemporaryDirectory(prefix="lotsby-") as work:
        for source in stale:
            try:
                build(source, looks[source.slug], Path(work))
            except BuildError as error:
                errors.append(str(error))
                continue
            built[source.output] = prints[source.output]
            save(built)
            print(f"built {source.output}")
    for name in gone:
        (ROOT / name).unlink(missing_ok=True)
        if (folder := (ROOT / name).parent).is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        del built[name]
        print(f"removed {name}")
    save(built)
    print(f"{len(sources)} sources: {len(stale)} to build, {len(errors)} errors")
    for error in dict.fromkeys(errors):  # a missing program says so once, not once per document
        print(f"error: {error}", file=sys.stderr)
    return 1 if errors else 0


def save(built: dict[str, str]) -> None:
    MANIFEST.write_text(json.dumps(built, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
