//! How are the programs that draw and recognise pages called, and what may they cost?
//!
//! `pdfinfo` and `pdftoppm` of poppler-utils and `tesseract`, as child processes with a time limit and one thread each;
//! what they print goes to files, so that no pipe can fill up. Not here: what the output means.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Resolution that tesseract is made for.
const DPI: f64 = 300.0;
/// Longest side of a drawing in pixels; larger pages are drawn coarser.
const MAX_SIDE: f64 = 12_000.0;
const DRAWING: Duration = Duration::from_mins(1);
const RECOGNISING: Duration = Duration::from_mins(4);
/// Bytes of memory for data that a program may have.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 2_000_000_000;
/// Most that is read of what a tool printed.
const MAX_OUTPUT: u64 = 64 * 1024 * 1024;

/// Why a page could not be recognised.
#[derive(Debug, thiserror::Error)]
pub enum OcrError {
    /// A program is missing.
    #[error("{0} is not installed here; run apt-get install tesseract-ocr tesseract-ocr-swe poppler-utils")]
    Missing(&'static str),
    /// Tesseract is there without Swedish.
    #[error("tesseract cannot read Swedish here; run apt-get install tesseract-ocr-swe")]
    NoSwedish,
    /// A program took too long and was stopped.
    #[error("{tool} took more than {seconds} s and was stopped")]
    TooSlow {
        /// The program.
        tool: &'static str,
        /// The limit.
        seconds: u64,
    },
    /// A program failed.
    #[error("{tool} failed: {reason}")]
    Failed {
        /// The program.
        tool: &'static str,
        /// The last line that it printed.
        reason: String,
    },
    /// The drawing is not what it should be.
    #[error("the picture of the page is damaged")]
    Picture,
    /// Temporary files could not be written or read.
    #[error("temporary files cannot be used: {0}")]
    Io(#[from] std::io::Error),
}

/// The programs, known to be there.
#[derive(Debug)]
pub(super) struct Tools {
    /// Tesseract can find out which way a page lies.
    orientation: bool,
}

impl Tools {
    /// Looks for the programs.
    pub(super) fn find() -> Result<Self, OcrError> {
        let folder = tempfile::tempdir()?;
        run("pdftoppm", &["-v"], folder.path(), DRAWING)?;
        run("pdfinfo", &["-v"], folder.path(), DRAWING)?;
        let languages = run("tesseract", &["--list-langs"], folder.path(), DRAWING)?;
        let languages = std::fs::read_to_string(languages)?;
        let knows = |language| languages.lines().any(|line| line.trim() == language);
        if knows("swe") { Ok(Self { orientation: knows("osd") }) } else { Err(OcrError::NoSwedish) }
    }

    /// Draws a page in shades of grey; gives the file.
    pub(super) fn draw(pdf: &Path, page: u32, folder: &Path) -> Result<PathBuf, OcrError> {
        let number = page.to_string();
        let pdf = std::path::absolute(pdf)?;
        let range = ["-f".as_ref(), OsStr::new(&number), "-l".as_ref(), OsStr::new(&number)];
        let info = run("pdfinfo", &[&range[..], &[pdf.as_os_str()]].concat(), folder, DRAWING)?;
        let dpi = resolution(&std::fs::read_to_string(info)?).to_string();
        let rest = ["-r".as_ref(), OsStr::new(&dpi), "-gray".as_ref(), pdf.as_os_str()];
        let drawn = run("pdftoppm", &[&range[..], &rest[..]].concat(), folder, DRAWING)?;
        let picture = folder.join("page.pgm");
        std::fs::rename(drawn, &picture)?;
        Ok(picture)
    }

    /// Quarter turns clockwise after which the page stands upright; none where tesseract cannot tell.
    pub(super) fn quarters(&self, picture: &Path, folder: &Path) -> u32 {
        if !self.orientation {
            return 0;
        }
        let options = ["stdout", "--psm", "0"].map(OsStr::new);
        // A page with a few words only is an error to tesseract, but may still be read.
        let Ok(said) = run("tesseract", &[&[picture.as_os_str()], &options[..]].concat(), folder, RECOGNISING) else {
            return 0;
        };
        quarters(&std::fs::read_to_string(said).unwrap_or_default())
    }

    /// Recognises a picture; gives tesseract's table of words.
    pub(super) fn recognise(picture: &Path, folder: &Path) -> Result<String, OcrError> {
        let options = ["stdout", "-l", "swe", "--dpi", "300", "--psm", "3", "tsv"].map(OsStr::new);
        let table = run("tesseract", &[&[picture.as_os_str()], &options[..]].concat(), folder, RECOGNISING)?;
        if std::fs::metadata(&table)?.len() > MAX_OUTPUT {
            return Err(OcrError::Failed { tool: "tesseract", reason: "it printed too much".to_owned() });
        }
        Ok(std::fs::read_to_string(table)?)
    }
}

fn quarters(said: &str) -> u32 {
    let number = |label: &str| -> Option<f32> {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(label))?;
        line.trim().parse().ok()
    };
    // Below this it is a guess.
    match (number("Rotate:"), number("Orientation confidence:")) {
        (Some(degrees), Some(confidence)) if confidence >= 2.0 => (degrees / 90.0).round() as u32 % 4,
        _ => 0,
    }
}

/// Dots per inch, fewer for a page so large that its drawing would not fit in memory.
fn resolution(info: &str) -> u32 {
    let size = info.lines().find(|line| line.starts_with("Page") && line.contains("size:"));
    let sides = size.and_then(|line| line.split_once("size:")).map_or("", |(_, sides)| sides);
    let longest = sides.split_whitespace().filter_map(|word| word.parse::<f64>().ok()).fold(0.0, f64::max);
    let inches = (longest / 72.0).max(1.0);
    (DPI.min(MAX_SIDE / inches)).max(20.0) as u32
}

/// Runs a program; gives the file with what it printed.
fn run<S: AsRef<OsStr>>(
    tool: &'static str,
    arguments: &[S],
    folder: &Path,
    limit: Duration,
) -> Result<PathBuf, OcrError> {
    let (out, err) = (folder.join(format!("{tool}.out")), folder.join(format!("{tool}.err")));
    let mut child = Command::new(tool)
        .args(arguments)
        .current_dir(folder)
        // More threads than one make tesseract slower on few cores.
        .env("OMP_THREAD_LIMIT", "1")
        .stdin(Stdio::null())
        .stdout(File::create(&out)?)
        .stderr(File::create(&err)?)
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => OcrError::Missing(tool),
            _ => OcrError::Io(error),
        })?;
    limit_memory(&child);
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            if status.success() {
                return Ok(out);
            }
            let said = std::fs::read(&err).unwrap_or_default();
            let said = String::from_utf8_lossy(&said);
            let reason = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
            return Err(OcrError::Failed { tool, reason: reason.chars().take(160).collect() });
        }
        if Instant::now() > deadline {
            // It may have ended by itself in between.
            let _ = child.kill();
            let _ = child.wait();
            return Err(OcrError::TooSlow { tool, seconds: limit.as_secs() });
        }
        std::thread::sleep(Duration::from_millis(15));
    }
}

/// What a page draws is the file's choice: it must not take the memory that others need.
#[cfg(target_os = "linux")]
fn limit_memory(child: &Child) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let limit = Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) };
    // A program that has ended already needs no limit.
    let _ = prlimit(Some(Pid::from_child(child)), Resource::Data, limit);
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_: &Child) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_pages_are_drawn_coarser() {
        assert_eq!(resolution("Page    2 size: 595.276 x 841.89 pts (A4)\n"), 300);
        assert_eq!(resolution("Page    1 size: 14400 x 14400 pts\n"), 60);
        assert_eq!(resolution(""), 300);
    }

    #[test]
    fn which_way_up_a_page_lies() {
        assert_eq!(quarters("Page number: 0\nRotate: 270\nOrientation confidence: 24.56\n"), 3);
        assert_eq!(quarters("Rotate: 180\nOrientation confidence: 0.30\n"), 0);
        assert_eq!(quarters(""), 0);
    }

    #[test]
    fn a_tool_that_is_missing_or_hangs_is_an_error() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let run = |tool, arguments: &[&str]| run(tool, arguments, folder.path(), Duration::from_millis(200));
        assert!(matches!(run("rutinlots-no-such-tool", &[]), Err(OcrError::Missing(_))));
        assert!(matches!(run("sleep", &["30"]), Err(OcrError::TooSlow { .. })));
        assert!(matches!(run("false", &[]), Err(OcrError::Failed { .. })));
        let text = OcrError::Missing("tesseract").to_string();
        assert!(text.contains("apt-get install tesseract-ocr tesseract-ocr-swe poppler-utils"));
        Ok(())
    }
}
