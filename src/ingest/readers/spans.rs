//! Which text stands in each place of a table with merged cells?
//!
//! A row must be readable alone: a cell that reaches over several rows is repeated in each of them, and a cell that
//! reaches over several columns stands in the first, with the others empty. Not here: which row names the columns
//! ([`super::collect`]).

/// Wider tables than this are not written by people.
const MAX_COLUMNS: usize = 500;

/// A cell with the rows and columns that it takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SpanCell {
    /// Its text.
    pub(super) text: String,
    /// Columns that it takes, at least 1.
    pub(super) columns: usize,
    /// Rows that it takes, at least 1.
    pub(super) rows: usize,
}

impl SpanCell {
    /// A cell; spans beyond what people write are cut.
    pub(super) fn new(text: String, columns: usize, rows: usize) -> Self {
        Self { text, columns: columns.clamp(1, 60), rows: rows.clamp(1, 5_000) }
    }
}

/// Cells of the rows above that reach further down.
#[derive(Debug, Default)]
pub(super) struct Spans {
    /// For each column: rows that are left, the text, and whether the column is the cell's first.
    open: Vec<Option<(usize, String, bool)>>,
}

impl Spans {
    /// The texts of the next row. With `names`, a cell over several columns names each of them.
    pub(super) fn row(&mut self, cells: Vec<SpanCell>, names: bool) -> Vec<String> {
        let alone = cells.len() == 1 && self.open.iter().all(Option::is_none);
        let mut out = Vec::new();
        for cell in cells {
            self.carry(&mut out, names);
            for offset in 0..cell.columns {
                let column = out.len();
                if column >= MAX_COLUMNS {
                    break;
                }
                if self.open.len() <= column {
                    self.open.resize(column + 1, None);
                }
                let first = offset == 0;
                if cell.rows > 1
                    && let Some(slot) = self.open.get_mut(column)
                {
                    *slot = Some((cell.rows - 1, cell.text.clone(), first));
                }
                // A cell over the whole width is a remark.
                if first || !alone || names {
                    out.push(if first || names { cell.text.clone() } else { String::new() });
                }
            }
        }
        self.carry(&mut out, names);
        out
    }

    /// Fills the columns from here that cells above reach into.
    fn carry(&mut self, out: &mut Vec<String>, names: bool) {
        while let Some(slot) = self.open.get_mut(out.len())
            && let Some((left, text, first)) = slot.take()
        {
            out.push(if first || names { text.clone() } else { String::new() });
            if left > 1 {
                *slot = Some((left - 1, text, first));
            }
        }
    }
}

/// Fills the empty places after a cell that reaches over several columns with its text; the first cell stands after
/// `skipped` columns.
pub(super) fn spread(cells: &[String], skipped: usize, spans: impl Iterator<Item = usize>) -> Vec<String> {
    let mut out = cells.to_vec();
    let mut at = skipped;
    for span in spans {
        let text = cells.get(at).cloned().unwrap_or_default();
        for slot in out.iter_mut().skip(at + 1).take(span.saturating_sub(1)) {
            slot.clone_from(&text);
        }
        at += span;
    }
    out
}

/// Several header rows as one: `Kontakt` over `Telefon` becomes `Kontakt Telefon`. `None` without any.
pub(super) fn join_headers(rows: &[Vec<String>]) -> Option<Vec<String>> {
    let width = rows.iter().map(Vec::len).max()?;
    let name = |column: usize| {
        let mut parts: Vec<&str> = Vec::new();
        for part in rows.iter().filter_map(|row| row.get(column)).map(|part| part.trim()) {
            if !part.is_empty() && parts.last() != Some(&part) {
                parts.push(part);
            }
        }
        parts.join(" ")
    };
    Some((0..width).map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(parts: &[(&str, usize, usize)]) -> Vec<SpanCell> {
        parts.iter().map(|&(text, columns, rows)| SpanCell::new(text.to_owned(), columns, rows)).collect()
    }

    #[test]
    fn cells_reach_down_and_across() {
        let mut spans = Spans::default();
        assert_eq!(spans.row(cells(&[("Hus A", 1, 2), ("Dag", 2, 1), ("x", 1, 1)]), false), ["Hus A", "Dag", "", "x"]);
        assert_eq!(spans.row(cells(&[("b", 1, 1), ("c", 1, 2), ("d", 1, 1)]), false), ["Hus A", "b", "c", "d"]);
        assert_eq!(spans.row(cells(&[("e", 1, 1), ("f", 1, 1), ("g", 1, 1)]), false), ["e", "f", "c", "g"]);
        assert_eq!(spans.row(cells(&[("Över hela", 4, 1)]), false), ["Över hela"]);
    }

    #[test]
    fn two_header_rows_become_one() {
        let mut spans = Spans::default();
        let upper = spans.row(cells(&[("Enhet", 1, 2), ("Kontakt", 2, 1)]), true);
        let lower = spans.row(cells(&[("Telefon", 1, 1), ("E-post", 1, 1)]), true);
        assert_eq!(join_headers(&[upper, lower]).unwrap_or_default(), ["Enhet", "Kontakt Telefon", "Kontakt E-post"]);
        assert_eq!(join_headers(&[]), None);
    }
}
