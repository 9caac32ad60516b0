//! What stands on the sheets of an Excel file?
//!
//! `calamine` opens the file and gives values and formats. Not here: which rows are tables ([`super::layout`]).

use std::io::Cursor;

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};

use super::number_format::{self, Moment};
use super::{Sheet, SheetCell, Workbook, warn_hidden};
use crate::ingest::document::{ReadError, Reading};
use crate::ingest::readers::collect::Collector;
use crate::ingest::readers::office::package::{Package, damaged};
use crate::ingest::readers::office::properties;

const FORMAT: &str = "XLSX";

/// Reads an Excel file.
pub(in crate::ingest::readers) fn read(bytes: &[u8]) -> Result<Reading, ReadError> {
    let mut out = Collector::new();
    properties::read(&mut Package::open(bytes, FORMAT)?, &mut out)?;
    let mut file = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let mut workbook = Workbook::default();
    for meta in file.sheets_metadata().to_vec() {
        if meta.typ != SheetType::WorkSheet {
            continue;
        }
        if meta.visible == SheetVisible::Visible {
            workbook.sheets.push(sheet(&mut file, &meta.name, &mut out)?);
        } else {
            warn_hidden(&meta.name, &mut out);
        }
    }
    workbook.pour(&mut out);
    out.finish()
}

fn broken(error: XlsxError) -> ReadError {
    match error {
        XlsxError::Password => ReadError::Encrypted,
        XlsxError::Io(error) => ReadError::Io(error),
        other => damaged(FORMAT, other.to_string()),
    }
}

fn sheet(file: &mut Xlsx<Cursor<&[u8]>>, name: &str, out: &mut Collector) -> Result<Sheet, ReadError> {
    let mut sheet = Sheet::new(name);
    let mut cells = file.worksheet_cells_reader(name).map_err(broken)?;
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(broken)? {
        let style = cells.styles().get(style);
        let code = style.and_then(|style| style.number_format.as_ref()).map_or("General", |format| &format.format_code);
        let bold = style.and_then(|style| style.font.as_ref()).is_some_and(calamine::Font::is_bold);
        let (text, number) = shown(cell.get_value(), code);
        let text = text.trim().to_owned();
        if text.is_empty() {
            continue;
        }
        let (row, column) = cell.get_position();
        if !sheet.put(row as usize, column as usize, 1, &SheetCell { text, number, bold, columns: 1 }) {
            sheet.cut(out);
            break;
        }
    }
    drop(cells);
    if let Ok(merges) = file.merge_cells_by_sheet_name(name) {
        for merge in merges {
            let (row, column) = (merge.start.0 as usize, merge.start.1 as usize);
            let across = (merge.end.1 as usize).saturating_sub(column) + 1;
            let down = (merge.end.0 as usize).saturating_sub(row) + 1;
            if let Some(cell) = sheet.cell_mut(row, column) {
                cell.columns = across;
                let cell = cell.clone();
                if down > 1 {
                    sheet.put(row, column, down, &cell);
                }
            }
        }
    }
    Ok(sheet)
}

/// A value as people see it, and whether it is a number, date or time.
fn shown(value: &DataRef<'_>, code: &str) -> (String, bool) {
    match value {
        DataRef::String(text) => (text.clone(), false),
        DataRef::SharedString(text) => ((*text).to_owned(), false),
        DataRef::Int(number) => (number_format::number(*number as f64, code), true),
        DataRef::Float(number) => (number_format::number(*number, code), true),
        DataRef::Bool(true) => ("SANT".to_owned(), false),
        DataRef::Bool(false) => ("FALSKT".to_owned(), false),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let date = Moment { year, month, day, hour, minute, second, days: moment.as_f64() };
            (number_format::moment(&date, code), true)
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text.replacen('T', " ", 1), true),
        // A failed formula says nothing.
        DataRef::Error(_) | DataRef::Empty => (String::new(), false),
    }
}
