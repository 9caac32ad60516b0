//! How does a spreadsheet become blocks?
//!
//! Each sheet is a heading with its tables, row by row. Cells are gathered here whatever file they come from;
//! [`layout`] finds the tables on a sheet, [`xlsx`] reads Excel's files and [`number_format`] shows numbers as Excel
//! does. Not here: charts, formulas (their last results are read) and OpenDocument's markup ([`super::odf`]).

mod layout;
mod number_format;
mod xlsx;

use std::collections::BTreeMap;

pub(in crate::ingest::readers) use self::xlsx::read as read_xlsx;
use crate::ingest::readers::collect::Collector;

/// More cells on a sheet than a routine has.
const MAX_CELLS: usize = 1_000_000;

/// A cell with content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SheetCell {
    /// What people see.
    pub(super) text: String,
    /// It is a number, date or time.
    pub(super) number: bool,
    pub(super) bold: bool,
    /// Columns that it takes.
    pub(super) columns: usize,
}

/// The cells of a sheet by row and column, empty ones left out.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    name: String,
    rows: BTreeMap<usize, BTreeMap<usize, SheetCell>>,
    count: usize,
}

impl Sheet {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Puts a cell in its place and the `down - 1` places below; `false` if the sheet is full.
    pub(super) fn put(&mut self, row: usize, column: usize, down: usize, cell: &SheetCell) -> bool {
        for offset in 0..down.clamp(1, 1_000) {
            if self.count >= MAX_CELLS {
                return false;
            }
            self.count += 1;
            self.rows.entry(row + offset).or_default().insert(column, cell.clone());
        }
        true
    }

    fn cell_mut(&mut self, row: usize, column: usize) -> Option<&mut SheetCell> {
        self.rows.get_mut(&row)?.get_mut(&column)
    }

    /// Notes that the sheet is longer than what is read.
    pub(super) fn cut(&self, out: &mut Collector) {
        out.warn(format!("The sheet {:?} has more than {MAX_CELLS} cells; the rest was left out.", self.name));
    }
}

/// Notes that a sheet is left out because it is hidden.
pub(super) fn warn_hidden(name: &str, out: &mut Collector) {
    out.warn(format!("The hidden sheet {name:?} was left out."));
}

/// The sheets of a file in order.
#[derive(Debug, Default)]
pub(super) struct Workbook {
    pub(super) sheets: Vec<Sheet>,
}

impl Workbook {
    /// Pours all sheets into `out`.
    pub(super) fn pour(&self, out: &mut Collector) {
        for (index, sheet) in self.sheets.iter().filter(|sheet| !sheet.rows.is_empty()).enumerate() {
            layout::pour(&sheet.name, &sheet.rows, index == 0, out);
        }
    }
}
