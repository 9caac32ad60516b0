//! Is this block text of the document, or does the document speak of itself?
//!
//! Every reader pours what it finds into a [`Collector`], which tells the header table ("Dokumentansvarig",
//! "Gäller från" ...) from the body and keeps the blocks in order. Not here: what the labels mean
//! ([`crate::ingest::metadata`]).

use super::header_table::{header_table, side_by_side};
use super::marks::is_contents_line;
use crate::ingest::document::{Block, BlockKind, ReadError, Reading, fold_whitespace};
use crate::ingest::metadata::{facts_in, is_label};

/// A table row on its way in.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// The cells' texts.
    pub(super) cells: Vec<String>,
    /// Page that the row starts on.
    pub(super) page: Option<u32>,
}

/// Gathers blocks and properties in reading order.
#[derive(Debug, Default)]
pub(super) struct Collector {
    reading: Reading,
    /// The document's head is over: label lines are body text from here.
    head_over: bool,
    headings: usize,
    /// A label line that ended with its colon and waits for its value, and the page it stands on.
    open_label: Option<(String, Option<u32>)>,
}

/// Blocks after which a table is no longer taken for the header table.
const HEAD_BLOCKS: usize = 25;
/// A paragraph this long is running text, so the head is over.
const HEAD_PARAGRAPH: usize = 160;

impl Collector {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a label and its value; empty ones are dropped.
    pub(super) fn property(&mut self, label: &str, value: &str) {
        let label = fold_whitespace(label).trim_end_matches([':', ' ']).to_owned();
        let value = fold_whitespace(value);
        if !label.is_empty() && !value.is_empty() {
            self.reading.properties.push((label, value));
        }
    }

    /// Sets the title, unless there is one.
    pub(super) fn set_title(&mut self, title: &str) {
        let title = fold_whitespace(title);
        if self.reading.title.is_none() && !title.is_empty() {
            self.reading.title = Some(title);
        }
    }

    /// From here on label lines are text.
    pub(super) fn end_head(&mut self) {
        self.head_over = true;
    }

    pub(super) fn set_pages(&mut self, pages: u32) {
        self.reading.pages = Some(pages);
    }

    pub(super) fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if !self.reading.warnings.contains(&warning) {
            self.reading.warnings.push(warning);
        }
    }

    pub(super) fn heading(&mut self, level: u8, text: &str, page: Option<u32>) {
        self.headings += 1;
        if self.headings > 1 {
            self.head_over = true;
        }
        self.push(BlockKind::Heading { level: level.clamp(1, 6) }, text, page);
    }

    pub(super) fn paragraph(&mut self, text: &str, page: Option<u32>) {
        let folded = fold_whitespace(text);
        if !self.head_over && (self.label_lines(text) || self.take_label_line(&folded, page)) {
            return;
        }
        if folded.chars().count() > HEAD_PARAGRAPH {
            self.head_over = true;
        }
        self.push(BlockKind::Paragraph, &folded, page);
    }

    pub(super) fn item(&mut self, depth: u8, marker: &str, text: &str, page: Option<u32>) {
        let folded = fold_whitespace(text);
        if !self.head_over && self.take_label_line(&folded, page) {
            return;
        }
        self.head_over = true;
        self.push(BlockKind::ListItem { depth, marker: marker.to_owned() }, &folded, page);
    }

    /// Adds a table. `header` is its header row where the format marks one; `None` means that the format does not say.
    pub(super) fn table(&mut self, header: Option<Vec<String>>, rows: Vec<Row>) {
        let mut grid: Vec<&[String]> = header.iter().map(Vec::as_slice).collect();
        grid.extend(rows.iter().map(|row| row.cells.as_slice()));
        // Further down only a table of labels and nothing else counts: "Ansvarig" heads many an ordinary column.
        let facts = if self.head_over { side_by_side(&grid, 4, 8) } else { header_table(&grid) };
        if self.reading.blocks.len() <= HEAD_BLOCKS
            && let Some(facts) = facts
        {
            for (label, value) in facts {
                self.property(&label, &value);
            }
            return;
        }
        self.head_over = true;
        let (columns, rows) = match header {
            Some(columns) => (columns, rows),
            None => split_header(rows),
        };
        for row in rows {
            // A single cell across the table is a remark, which no column names.
            let names: &[String] = if row.cells.len() == 1 { &[] } else { &columns };
            let block = Block::row(names, &row.cells, row.page);
            if !block.text.is_empty() {
                self.reading.blocks.push(block);
            }
        }
    }

    /// Takes the properties of a table that stands outside the text, if it is a header table; says whether it is.
    pub(super) fn facts(&mut self, rows: &[Row]) -> bool {
        let grid: Vec<&[String]> = rows.iter().map(|row| row.cells.as_slice()).collect();
        let facts = header_table(&grid);
        for (label, value) in facts.iter().flatten() {
            self.property(label, value);
        }
        facts.is_some()
    }

    /// Takes labels and values that line breaks or tab stops part, `Dokumentansvarig:⇥MAS⏎Version:⇥2`; says whether
    /// there was nothing else.
    pub(super) fn label_lines(&mut self, text: &str) -> bool {
        let mut pairs = Vec::new();
        for line in text.split('\n').filter(|line| !line.trim().is_empty()) {
            match tabbed_labels(line) {
                Some(found) => pairs.extend(found),
                None => match label_line(line) {
                    Some((label, value)) if !value.is_empty() => pairs.push((label.to_owned(), value.to_owned())),
                    _ => return false,
                },
            }
        }
        if !pairs.is_empty() {
            self.close_label();
        }
        for (label, value) in &pairs {
            self.property(label, value);
        }
        !pairs.is_empty()
    }

    /// The finished reading, or an error if there was no text at all.
    pub(super) fn finish(mut self) -> Result<Reading, ReadError> {
        self.close_label();
        if self.reading.blocks.is_empty() { Err(ReadError::NoText) } else { Ok(self.reading) }
    }

    /// The finished reading, which may be empty if pages are left to be recognised from pictures.
    pub(super) fn finish_with_pages_without_text(mut self, pages: Vec<u32>) -> Result<Reading, ReadError> {
        self.reading.pages_without_text = pages;
        if self.reading.pages_without_text.is_empty() {
            return self.finish();
        }
        self.close_label();
        Ok(self.reading)
    }

    fn push(&mut self, kind: BlockKind, text: &str, page: Option<u32>) {
        self.close_label();
        let block = Block::new(kind, text, page);
        if !block.text.is_empty() && !is_contents_line(&block.text) {
            self.reading.blocks.push(block);
        }
    }

    /// A label whose value never came is text after all.
    fn close_label(&mut self) {
        if let Some((label, page)) = self.open_label.take() {
            self.reading.blocks.push(Block::new(BlockKind::Paragraph, &format!("{label}:"), page));
        }
    }

    /// Takes the labels and values of a page header or footer; the rest of it is repeated noise.
    pub(super) fn edge_line(&mut self, line: &str) {
        for (label, value) in facts_in(line).pairs {
            self.property(&label, &value);
        }
    }

    fn take_label_line(&mut self, line: &str, page: Option<u32>) -> bool {
        let facts = facts_in(line);
        if facts.whole && (facts.pairs.len() > 1 || !line.contains(':')) {
            self.close_label();
            for (label, value) in facts.pairs {
                self.property(&label, &value);
            }
            return true;
        }
        if let Some((label, _)) = self.open_label.take_if(|_| label_line(line).is_none()) {
            self.property(&label, line);
            return true;
        }
        self.close_label();
        match label_line(line) {
            Some((label, "")) => {
                self.open_label = Some((label.to_owned(), page));
                true
            }
            Some((label, value)) => {
                self.property(label, value);
                true
            }
            None => false,
        }
    }
}

/// `Gäller från: 2025-04-01` as label and value, if the label is one that documents use of themselves.
pub(super) fn label_line(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_once(':').or_else(|| line.split_once('\t'))?;
    let label = label.trim().trim_matches('*').trim();
    let value = value.trim().trim_start_matches('*').trim();
    (is_label(label) && value.chars().count() <= 300).then_some((label, value))
}

/// Labels and values that tab stops part; every odd part must be a label.
fn tabbed_labels(line: &str) -> Option<Vec<(String, String)>> {
    let parts: Vec<&str> = line.split('\t').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.len() < 2 {
        return None;
    }
    let pair = |pair: &[&str]| match pair {
        [label, value] if is_label(label.trim_end_matches(':')) => Some(((*label).to_owned(), (*value).to_owned())),
        _ => None,
    };
    let lines = || parts.iter().map(|part| label_line(part).filter(|(_, value)| !value.is_empty()));
    let owned = |(label, value): (&str, &str)| (label.to_owned(), value.to_owned());
    parts.chunks(2).map(pair).collect::<Option<Vec<_>>>().or_else(|| lines().map(|line| line.map(owned)).collect())
}

/// The lines of a table cell as one line. A label over its value, as header tables often have it, becomes
/// `Dokumentansvarig: MAS`.
pub(super) fn cell_of_lines(lines: &[String]) -> String {
    let filled = lines.iter().flat_map(|line| line.split('\n')).map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = filled.collect();
    match lines.as_slice() {
        [label, value, rest @ ..] if !label.ends_with(':') && is_label(label) && rest.len() < 2 => {
            format!("{label}: {}", [&[*value], rest].concat().join(" "))
        }
        lines => lines.join(" "),
    }
}

/// A table without a marked header row: its first row names the columns, if it looks as if it does.
fn split_header(mut rows: Vec<Row>) -> (Vec<String>, Vec<Row>) {
    let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let heads = rows.len() > 1
        && width > 1
        && rows[0].cells.len() == width
        && rows[0]
            .cells
            .iter()
            .skip(1)
            .all(|cell| !cell.trim().is_empty() && cell.chars().count() <= 60 && !cell.trim_end().ends_with('.'));
    if heads {
        let first = rows.remove(0);
        (first.cells, rows)
    } else {
        (Vec::new(), rows)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Row {
        Row { cells: cells.iter().map(|&cell| cell.to_owned()).collect(), page: None }
    }

    #[test]
    fn the_table_of_facts_becomes_properties_in_both_shapes() {
        let mut wide = Collector::new();
        wide.table(
            None,
            vec![row(&["Dokumenttyp", "Rutin", "Diarienummer", "SN 2025/1"]), row(&["Gäller för", "Alla"])],
        );
        wide.paragraph("Text.", None);
        assert_eq!(wide.finish().unwrap().properties.len(), 3);

        let mut nacka = Collector::new();
        let labels = row(&["Diarienummer", "Fastställt/senast uppdaterad", "Beslutsinstans", "Ansvarig processägare"]);
        nacka.table(
            None,
            vec![labels, row(&["KFKS 2024-1145", "2025-03-01", "KS", "Direktör"]), row(&["Policy", "AI"])],
        );
        nacka.paragraph("Text.", None);
        let reading = nacka.finish().unwrap();
        assert_eq!(reading.properties[1], ("Fastställt/senast uppdaterad".to_owned(), "2025-03-01".to_owned()));
        assert_eq!(reading.blocks.len(), 1);
    }

    #[test]
    fn an_ordinary_table_stays_text() {
        let mut body = Collector::new();
        body.table(None, vec![row(&["Symtom", "Kontakt"]), row(&["Feber", "Sjuksköterska samma dag"])]);
        let reading = body.finish().unwrap();
        assert_eq!(reading.blocks[0].text, "Symtom: Feber; Kontakt: Sjuksköterska samma dag");
        assert!(reading.properties.is_empty());
    }

    #[test]
    fn labels_are_known_before_tabs_breaks_and_in_cells() {
        let mut out = Collector::new();
        out.paragraph("Dokumentansvarig:\tMAS\t\tGäller från:\t2025-04-01", None);
        out.paragraph("Dokumenttyp: Rutin\nDiarienummer: SN 2025/1", None);
        out.paragraph("Kvällstid\tring jouren", None);
        let reading = out.finish().unwrap();
        assert_eq!(reading.properties.len(), 4, "{:?}", reading.properties);
        assert_eq!(reading.blocks[0].text, "Kvällstid ring jouren");
        let cell = |lines: &[&str]| cell_of_lines(&lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>());
        assert_eq!(cell(&["Dokumentägare", "", "Enhetschef"]), "Dokumentägare: Enhetschef");
        assert_eq!(cell(&["Ring 112", "Vänta"]), "Ring 112 Vänta");
    }

    #[test]
    fn a_label_without_a_value_is_text_on_its_page() {
        let mut out = Collector::new();
        out.paragraph("Gäller för:", Some(2));
        out.heading(1, "Syfte", Some(3));
        let reading = out.finish().unwrap();
        let pages: Vec<_> = reading.blocks.iter().map(|block| (block.text.as_str(), block.page)).collect();
        assert_eq!(pages, [("Gäller för:", Some(2)), ("Syfte", Some(3))]);
    }

    #[test]
    fn label_lines_count_only_at_the_top() {
        let mut lines = Collector::new();
        lines.heading(1, "Rutin", None);
        lines.paragraph("Dokumentansvarig: MAS", None);
        lines.paragraph("Gäller från:", None);
        lines.paragraph("2025-04-01", None);
        lines.heading(2, "Syfte", None);
        lines.paragraph("Ansvarig: enhetschefen ska ringa.", None);
        let reading = lines.finish().unwrap();
        assert_eq!(reading.properties.len(), 2);
        assert_eq!(reading.blocks.len(), 3);
    }
}
