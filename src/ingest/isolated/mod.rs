//! How is a file read without trusting the reader?
//!
//! In a process of its own: the program is started again for one file (`rutinlots read-file`), with limits on time,
//! memory and output, and whatever happens to it becomes a reason why that one file was left out. [`child`] is the
//! other side. Starting the program costs about 3 ms of processor time, so there is one process for each file and none
//! to be looked after between them. Pages that are only pictures are recognised afterwards, from here: that work is
//! done by other programs, which have their own limits. Not here: the readers' own limits, which hold in the process
//! too ([`super::readers`]).

pub mod child;
mod limits;
mod verdict;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

pub use self::limits::Limits;
use super::document::{ReadError, Reading};
use super::left_out::LeftOut;
use super::readers::{read_file, recognise_pages};

/// Name of the program's command that reads one file; see [`child`].
pub const COMMAND: &str = "read-file";

/// How much of what a reader prints about its troubles is kept.
const MAX_LAST_WORDS: usize = 64 * 1024;
/// How long a process that has closed its output may take to end.
const ENDING: Duration = Duration::from_secs(2);

/// Where files are read. The caller chooses; nothing here guesses whether it can start itself.
#[derive(Debug, Clone)]
pub enum FileReader {
    /// In this process: quick and simple, but a reader that hangs or eats memory takes this process with it.
    InProcess,
    /// Each file in a process of its own.
    Process(ReaderProcess),
}

/// What came of it if there is no reading.
#[derive(Debug, thiserror::Error)]
pub enum ReadFailure {
    /// This file is left out; the next one may be read.
    #[error(transparent)]
    LeftOut(#[from] LeftOut),
    /// No reader could be started: no fault of the file, and the next one will fare no better.
    #[error("the reader process {program} cannot be used: {reason}")]
    NoReader {
        /// The program that was tried.
        program: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl FileReader {
    /// The ordinary choice of the program itself: it starts itself again, with the usual limits.
    pub fn of_this_program() -> std::io::Result<Self> {
        Ok(Self::Process(ReaderProcess { program: this_program()?, limits: Limits::default() }))
    }

    /// Reads a file. A file without text is left out as well.
    pub fn read(&self, path: &Path) -> Result<Reading, ReadFailure> {
        let reading = match self {
            Self::InProcess => read_file(path).map_err(LeftOut::from)?,
            // Recognising a scan takes many times the limits of a reader, and its programs are processes already.
            Self::Process(process) => recognise_pages(process.read(path)?, path).map_err(LeftOut::from)?,
        };
        if reading.blocks.iter().all(|block| block.text.trim().is_empty()) {
            return Err(LeftOut::from(ReadError::NoText).into());
        }
        Ok(reading)
    }
}

/// The program that runs now. On Linux by a name that still leads to it when its file has been replaced meanwhile.
fn this_program() -> std::io::Result<PathBuf> {
    let own = PathBuf::from("/proc/self/exe");
    if own.exists() { Ok(own) } else { std::env::current_exe() }
}

/// A program that reads files, one process for each.
#[derive(Debug, Clone)]
pub struct ReaderProcess {
    /// The program: `rutinlots`, or another that takes the same command.
    pub program: PathBuf,
    /// What one file may cost.
    pub limits: Limits,
}

impl ReaderProcess {
    fn read(&self, path: &Path) -> Result<Reading, ReadFailure> {
        let size = std::fs::metadata(path).map_err(|error| LeftOut::of_io(&error))?.len();
        let time = self.limits.time_for(size);
        let end = Instant::now() + time;
        let mut running = self.start(path, time)?;
        let answer = match running.answer.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => return Err(left_out(ReadError::TimedOut { limit: time })),
            Err(RecvTimeoutError::Disconnected) => Vec::new(),
        };
        if answer.len() as u64 > self.limits.output {
            let megabytes = self.limits.output / 1_000_000;
            return Err(left_out(ReadError::TooLarge(format!("its text takes more than {megabytes} MB"))));
        }
        if let Ok(outcome) = serde_json::from_slice::<Result<Reading, LeftOut>>(&answer) {
            return Ok(outcome?);
        }
        let status = running.end();
        let last_words = running.last_words();
        match verdict::of(status, &last_words, &self.limits, time) {
            Some(error) => Err(left_out(error)),
            None => Err(self.unusable(verdict::summary(&last_words).unwrap_or_else(|| "it gave no answer".to_owned()))),
        }
    }

    fn start(&self, path: &Path, time: Duration) -> Result<Running, ReadFailure> {
        let mut command = Command::new(&self.program);
        command
            .arg(COMMAND)
            .args(["--memory", &self.limits.memory.to_string()])
            .args(["--seconds", &time.as_secs().saturating_add(1).to_string()])
            .arg("--")
            .arg(path)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A group of its own, so that programs that the reader started end with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| self.unusable(error.to_string()))?;
        let answer = collect(child.stdout.take(), self.limits.output.saturating_add(1));
        let words = collect(child.stderr.take(), u64::MAX);
        Ok(Running { child, answer, words })
    }

    fn unusable(&self, reason: String) -> ReadFailure {
        ReadFailure::NoReader { program: self.program.clone(), reason }
    }
}

fn left_out(error: ReadError) -> ReadFailure {
    ReadFailure::LeftOut(error.into())
}

/// A reader at work; it does not outlive this value.
struct Running {
    child: Child,
    answer: Receiver<Vec<u8>>,
    words: Receiver<Vec<u8>>,
}

impl Running {
    /// How the process ended; one that does not end by itself is stopped.
    fn end(&mut self) -> Option<ExitStatus> {
        let limit = Instant::now() + ENDING;
        while Instant::now() < limit {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                Ok(status) => return status,
                Err(_) => return None,
            }
        }
        None
    }

    /// What it printed about its troubles.
    fn last_words(&self) -> String {
        // What the reader started may still hold the line open; it is not waited for.
        let bytes = self.words.recv_timeout(Duration::from_millis(200)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            // The group may be gone already, which is as good.
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads to the end or the limit beside the caller, and sends what was read; of an endless stream, the last part.
fn collect(stream: Option<impl Read + Send + 'static>, limit: u64) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            let mut stream = stream.take(limit);
            if limit == u64::MAX {
                read_tail(&mut stream, &mut bytes);
            } else {
                // What could be read before a failure shows itself as an answer that is no answer.
                let _ = stream.read_to_end(&mut bytes);
            }
        }
        // Nobody may wait for it any more.
        let _ = sender.send(bytes);
    });
    receiver
}

fn read_tail(stream: &mut impl Read, bytes: &mut Vec<u8>) {
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if bytes.len() > 2 * MAX_LAST_WORDS {
            bytes.drain(..bytes.len() - MAX_LAST_WORDS);
        }
    }
}
