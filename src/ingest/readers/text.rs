//! How does a plain text file become blocks?
//!
//! Encoding is guessed (byte order mark, UTF-16 by its zeros, UTF-8, else Windows-1252), hard-wrapped lines are joined,
//! and headings, lists and tables are told by their shape. Not here: which label lines are properties
//! ([`super::collect`]).

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::collect::{Collector, label_line};
use super::marks::{heading_number, list_mark};
use super::text_table;
use crate::ingest::document::{ReadError, Reading};

/// Reads a plain text file.
pub(super) fn read(bytes: &[u8]) -> Result<Reading, ReadError> {
    let (text, warning) = decode(bytes);
    if text.contains('\0') {
        return Err(ReadError::Damaged { format: "text", reason: "it holds binary data".to_owned() });
    }
    let mut out = Collector::new();
    if let Some(warning) = warning {
        out.warn(warning);
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut index = 0;
    while index < lines.len() {
        if lines[index].trim().is_empty() {
            index += 1;
        } else if let Some((header, rows, next)) = text_table::read(&lines, index) {
            out.table(header, rows);
            index = next;
        } else {
            index = read_block(&lines, index, &mut out);
        }
    }
    out.finish()
}

/// Text of a file whose encoding is not told, and a warning if it had to be guessed.
pub(super) fn decode(bytes: &[u8]) -> (String, Option<&'static str>) {
    for (mark, encoding) in [(&b"\xef\xbb\xbf"[..], UTF_8), (&b"\xff\xfe"[..], UTF_16LE), (&b"\xfe\xff"[..], UTF_16BE)]
    {
        if let Some(rest) = bytes.strip_prefix(mark) {
            let (text, damaged) = encoding.decode_without_bom_handling(rest);
            return (text.into_owned(), damaged.then_some("Some characters could not be decoded."));
        }
    }
    if let Some(encoding) = unmarked_utf_16(bytes) {
        let (text, damaged) = encoding.decode_without_bom_handling(bytes);
        return (text.into_owned(), damaged.then_some("Some characters could not be decoded."));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), None);
    }
    // One broken character does not make a file Windows-1252; å, ä and ö in UTF-8 would be two characters each.
    let text = String::from_utf8_lossy(bytes);
    let (broken, swedish) = (text.matches('\u{fffd}').count(), text.matches(['å', 'ä', 'ö', 'Å', 'Ä', 'Ö']).count());
    if swedish > broken * 5 {
        return (text.into_owned(), Some("Some characters could not be decoded."));
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    (text.into_owned(), Some("The file is not UTF-8 and was read as Windows-1252."))
}

/// UTF-16 without a mark: in Swedish text nearly every second byte is zero, and none of the others.
fn unmarked_utf_16(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let start = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |offset: usize| start.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), start.len() / 2);
    if half < 4 || !bytes.len().is_multiple_of(2) {
        None
    } else if even == 0 && odd * 10 >= half * 7 {
        Some(UTF_16LE)
    } else if odd == 0 && even * 10 >= half * 7 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Reads one heading, list item or paragraph that starts at `start`; gives the line after it.
fn read_block(lines: &[&str], start: usize, out: &mut Collector) -> usize {
    let line = lines[start];
    let trimmed = line.trim();
    let next = lines.get(start + 1).map_or("", |next| next.trim());
    if let Some(level) = underline_level(next)
        && trimmed.chars().count() <= 120
        && !trimmed.is_empty()
    {
        out.heading(heading_number(trimmed).map_or(level, |depth| depth + 1), trimmed, None);
        return start + 2;
    }
    if is_rule(trimmed) {
        return start + 1;
    }
    let alone = (start == 0 || lines[start - 1].trim().is_empty()) && next.is_empty();
    if alone && let Some(level) = heading_level(trimmed, start == first_line(lines)) {
        if start == first_line(lines) {
            out.set_title(trimmed);
        }
        out.heading(level, trimmed, None);
        return start + 1;
    }
    if let Some((marker, rest)) = list_mark(trimmed) {
        let (text, end) = join(lines, start, rest);
        out.item((indent(line) / 4).min(5) as u8, &marker, &text, None);
        return end;
    }
    if label_line(trimmed).is_some() {
        let (text, end) = join_label(lines, start, trimmed);
        out.paragraph(&text, None);
        return end;
    }
    let (text, end) = join(lines, start, trimmed);
    out.paragraph(&text, None);
    end
}

fn first_line(lines: &[&str]) -> usize {
    lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(0)
}

fn underline_level(line: &str) -> Option<u8> {
    if line.len() < 3 {
        None
    } else if line.bytes().all(|byte| byte == b'=') {
        Some(1)
    } else if line.bytes().all(|byte| byte == b'-') {
        Some(2)
    } else {
        None
    }
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && line.chars().all(|character| matches!(character, '-' | '=' | '_' | '*'))
}

/// A short line between blank lines that does not end as a sentence: its level, from its number if it has one.
fn heading_level(line: &str, first: bool) -> Option<u8> {
    if line.chars().count() > 90 || line.ends_with(['.', ':', ',', ';', '?', '!']) || label_line(line).is_some() {
        return None;
    }
    if first {
        return Some(1);
    }
    if let Some(depth) = heading_number(line) {
        return Some((depth + 1).min(6));
    }
    let starts_well = line.chars().next().is_some_and(char::is_uppercase);
    (starts_well && list_mark(line).is_none()).then_some(2)
}

fn indent(line: &str) -> usize {
    line.chars()
        .take_while(|character| character.is_whitespace())
        .map(|character| if character == '\t' { 4 } else { 1 })
        .sum()
}

/// Joins the hard-wrapped lines of a paragraph or list item.
fn join(lines: &[&str], start: usize, first: &str) -> (String, usize) {
    let mut text = first.to_owned();
    let mut end = start + 1;
    while let Some(line) = lines.get(end) {
        let trimmed = line.trim();
        if trimmed.is_empty()
            || list_mark(trimmed).is_some()
            || is_rule(trimmed)
            || text_table::read(lines, end).is_some()
        {
            break;
        }
        append(&mut text, trimmed);
        end += 1;
    }
    (text, end)
}

/// A label line goes on only where the next line is indented.
fn join_label(lines: &[&str], start: usize, first: &str) -> (String, usize) {
    let mut text = first.to_owned();
    let mut end = start + 1;
    while let Some(line) = lines.get(end) {
        if line.trim().is_empty() || indent(line) <= indent(lines[start]) {
            break;
        }
        append(&mut text, line.trim());
        end += 1;
    }
    (text, end)
}

fn append(text: &mut String, line: &str) {
    if text.ends_with('\u{ad}') {
        text.pop();
    } else {
        text.push(' ');
    }
    text.push_str(line);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ingest::document::BlockKind;

    #[test]
    fn encodings() {
        assert_eq!(decode("Åsa".as_bytes()).0, "Åsa");
        assert_eq!(decode(b"\xc5sa").0, "Åsa");
        assert_eq!(decode(b"\xff\xfe\xc5\x00s\x00a\x00").0, "Åsa");
        assert_eq!(decode(b"\xef\xbb\xbfA").0, "A");
        let text = "Rutin för åtgärder – § 14";
        let wide = |to_bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
        assert_eq!(decode(&wide(u16::to_le_bytes)).0, text);
        assert_eq!(decode(&wide(u16::to_be_bytes)).0, text);
        assert_eq!(decode(b"F\xf6r \x93vakna\x94 n\xe4tter \x96 \x80").0, "För “vakna” nätter – €");
        let damaged = [text.repeat(4).as_bytes(), &text.as_bytes()[..8], b"\xff"].concat();
        assert!(decode(&damaged).0.starts_with(text));
    }

    #[test]
    fn a_text_with_everything() {
        let text = "Rutin för larm\n\nDokumentansvarig: Enhetschef\nGäller från: 2025-01-01\n\n\n\
                    1 Syfte\n\nRutinen beskriver hur\nlarm besvaras.\n\n\
                    -   Svara inom\n    tre minuter.\n-   Åk dit.\n\n2.1 Nattetid\n\nText.\n";
        let reading = read(text.as_bytes()).unwrap();
        assert_eq!(reading.properties.len(), 2);
        let blocks: Vec<_> = reading.blocks.iter().map(|block| (block.kind.clone(), block.text.as_str())).collect();
        assert_eq!(blocks[1], (BlockKind::Heading { level: 2 }, "1 Syfte"));
        assert_eq!(blocks[2].1, "Rutinen beskriver hur larm besvaras.");
        assert_eq!(blocks[3].1, "Svara inom tre minuter.");
        assert_eq!(blocks[5], (BlockKind::Heading { level: 3 }, "2.1 Nattetid"));
    }
}
