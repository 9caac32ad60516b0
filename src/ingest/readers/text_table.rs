//! Is this stretch of plain text a table?
//!
//! Knows three shapes: columns under rules of dashes (as pandoc writes them), pipes, and tabs. Not here: tables that
//! are drawn with spaces alone, which cannot be told from text.

use super::collect::Row;

/// A table that begins at `start`: header row, rows, and the line after it.
pub(super) fn read(lines: &[&str], start: usize) -> Option<(Option<Vec<String>>, Vec<Row>, usize)> {
    dashed(lines, start).or_else(|| delimited(lines, start, '|')).or_else(|| delimited(lines, start, '\t'))
}

/// Runs of hyphens as (first, one past last) character positions, if the line has nothing else.
fn dash_runs(line: &str) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (position, character) in line.chars().enumerate() {
        match character {
            '-' => match runs.last_mut() {
                Some(run) if run.1 == position => run.1 += 1,
                _ => runs.push((position, position + 1)),
            },
            ' ' => {}
            _ => return Vec::new(),
        }
    }
    runs
}

/// Pandoc's tables: an optional full rule, header lines, a rule per column, rows, an optional closing rule.
fn dashed(lines: &[&str], start: usize) -> Option<(Option<Vec<String>>, Vec<Row>, usize)> {
    let opening = dash_runs(lines[start]);
    let framed = opening.len() == 1 && opening[0].1 - opening[0].0 >= 5;
    let header_from = if framed { start + 1 } else { start };
    let rule = (header_from..lines.len().min(header_from + 8)).find(|&index| dash_runs(lines[index]).len() > 1)?;
    if lines[header_from..rule].iter().any(|line| line.trim().is_empty())
        || (!framed && rule != start + 1 && rule != start)
    {
        return None;
    }
    let columns = dash_runs(lines[rule]);
    let header = (rule > header_from).then(|| cut(&lines[header_from..rule], &columns));
    let mut rows = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut index = rule + 1;
    // Rows of a framed table are parted by blank lines if any cell takes more than a line.
    let closing = (index..lines.len()).find(|&line| !dash_runs(lines[line]).is_empty());
    let spaced = framed && closing.is_some_and(|end| lines[index..end].iter().any(|line| line.trim().is_empty()));
    while index < lines.len() {
        let line = lines[index];
        let closes = !dash_runs(line).is_empty();
        if closes || line.trim().is_empty() || !spaced {
            if !open.is_empty() {
                rows.push(Row { cells: cut(&open, &columns), page: None });
                open.clear();
            }
            if closes {
                index += 1;
                break;
            }
            if line.trim().is_empty() && !spaced {
                break;
            }
        }
        if !line.trim().is_empty() {
            open.push(line);
        }
        index += 1;
    }
    if !open.is_empty() {
        rows.push(Row { cells: cut(&open, &columns), page: None });
    }
    (!rows.is_empty()).then_some((header, rows, index))
}

/// Cuts lines at the columns' first characters; a column reaches to where the next begins.
fn cut(lines: &[&str], columns: &[(usize, usize)]) -> Vec<String> {
    let mut cells = vec![String::new(); columns.len()];
    for line in lines {
        let characters: Vec<char> = line.chars().collect();
        for (index, cell) in cells.iter_mut().enumerate() {
            let from = if index == 0 { 0 } else { columns[index].0.min(characters.len()) };
            let to = columns.get(index + 1).map_or(characters.len(), |next| next.0.min(characters.len()));
            let part: String = characters[from.min(to)..to].iter().collect();
            if !part.trim().is_empty() {
                if !cell.is_empty() {
                    cell.push(' ');
                }
                cell.push_str(part.trim());
            }
        }
    }
    cells
}

/// Two or more lines that a delimiter cuts into the same number of cells.
fn delimited(lines: &[&str], start: usize, delimiter: char) -> Option<(Option<Vec<String>>, Vec<Row>, usize)> {
    let split = |line: &str| -> Vec<String> {
        let line = if delimiter == '|' { line.trim().trim_matches('|') } else { line };
        line.split(delimiter).map(|cell| cell.trim().to_owned()).collect()
    };
    let width = split(lines[start]).len();
    let least = if delimiter == '|' { 2 } else { 3 };
    if width < least || lines[start].trim_start() != lines[start].trim_start_matches('\t') {
        return None;
    }
    let mut rows = Vec::new();
    let mut end = start;
    while let Some(line) = lines.get(end).filter(|line| line.contains(delimiter) && !line.trim().is_empty()) {
        let cells = split(line);
        if cells.len() > width {
            break;
        }
        if !cells.iter().all(|cell| cell.chars().all(|character| matches!(character, '-' | ':' | '+'))) {
            rows.push(Row { cells, page: None });
        }
        end += 1;
    }
    (rows.len() >= 2).then_some((None, rows, end))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn pandocs_multiline_table() {
        let lines = [
            "  ---------------------",
            "  Begrepp    Betydelse",
            "  ---------- ----------",
            "  Anmälan    En uppgift",
            "             om barn",
            "",
            "  Möte       Samtal",
            "  ---------------------",
            "Efter",
        ];
        let (header, rows, next) = read(&lines, 0).unwrap();
        assert_eq!(header.unwrap(), ["Begrepp", "Betydelse"]);
        assert_eq!(rows[0].cells, ["Anmälan", "En uppgift om barn"]);
        assert_eq!((rows.len(), next), (2, 8));
    }

    #[test]
    fn pandocs_simple_table_and_pipes() {
        let lines = ["  Dag     Tid", "  ------- -----", "  Måndag  08", "  Tisdag  09", ""];
        let (_, rows, next) = read(&lines, 0).unwrap();
        assert_eq!((rows.len(), next), (2, 4));
        assert_eq!(read(&["| a | b |", "|---|---|", "| c | d |"], 0).unwrap().1.len(), 2);
        assert!(read(&["En vanlig rad | med streck", "och en till"], 0).is_none());
    }
}
