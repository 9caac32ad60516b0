//! Is this table the one in which a document speaks of itself, and what does it say?
//!
//! Not here: where in the document such a table may stand ([`super::collect`]), and what the labels mean
//! ([`crate::ingest::metadata`]).

use super::collect::label_line;
use crate::ingest::metadata::is_label;

/// The labels and values of a header table, or `None` if the table is not one.
///
/// Two shapes are known: label and value side by side, once or more in each row, and a row of labels over a row of
/// values.
pub(super) fn header_table(grid: &[&[String]]) -> Option<Vec<(String, String)>> {
    side_by_side(grid, 2, 6).or_else(|| label_over_value(grid))
}

/// At least `least` labels must be known, and so many tenths of all.
pub(super) fn side_by_side(grid: &[&[String]], least: usize, tenths: usize) -> Option<Vec<(String, String)>> {
    let mut facts = Vec::new();
    let (mut known, mut labels) = (0, 0);
    for row in grid {
        for pair in row.chunks(2) {
            let label = pair[0].trim();
            if label.is_empty() {
                continue;
            }
            let value = pair.get(1).map_or("", |value| value.trim());
            // Some templates put the label on a line of its own inside the cell.
            if let Some((inner, rest)) = label_line(label)
                && !rest.is_empty()
            {
                known += 1;
                labels += 1;
                facts.push((inner.to_owned(), rest.to_owned()));
                if let Some((inner, rest)) = label_line(value) {
                    known += 1;
                    labels += 1;
                    facts.push((inner.to_owned(), rest.to_owned()));
                }
                continue;
            }
            labels += 1;
            known += usize::from(is_label(label));
            facts.push((label.to_owned(), value.to_owned()));
        }
    }
    (known >= least && known * 10 >= labels * tenths).then_some(facts)
}

fn label_over_value(grid: &[&[String]]) -> Option<Vec<(String, String)>> {
    let mut facts = Vec::new();
    let mut found = false;
    let mut rows = grid.iter().peekable();
    while let Some(row) = rows.next() {
        let known = row.iter().filter(|cell| is_label(cell)).count();
        let filled = row.iter().filter(|cell| !cell.trim().is_empty()).count();
        if known >= 2
            && known * 10 >= filled * 6
            && let Some(values) = rows.peek()
        {
            found = true;
            facts.extend(row.iter().zip(values.iter()).map(|(label, value)| (label.clone(), value.clone())));
            rows.next();
        } else if let [label, value, ..] = row {
            facts.push((label.clone(), value.clone()));
        }
    }
    (found && grid.len() <= 6).then_some(facts)
}
