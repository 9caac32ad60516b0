//! What does a reader process do?
//!
//! It takes limits upon itself, reads one file and answers with one line of JSON on standard output: `{"Ok": reading}`
//! or `{"Err": {"kind", "reason"}}`. What parsers print on the way goes to standard error. It ends when the process
//! that started it does.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use crate::ingest::document::Reading;
use crate::ingest::left_out::LeftOut;
use crate::ingest::readers::read_own_text;

/// Reads the text that `path` itself holds in this process, which is for nothing else, with `memory` bytes for data and
/// `seconds` of processor time.
pub fn run(path: &Path, memory: u64, seconds: u64) -> io::Result<()> {
    let answer = take_standard_output()?;
    confine(memory, seconds)?;
    let outcome: Result<Reading, LeftOut> = read_own_text(path).map_err(LeftOut::from);
    let mut answer = BufWriter::new(answer);
    serde_json::to_writer(&mut answer, &outcome)?;
    answer.write_all(b"\n")?;
    answer.flush()
}

/// Standard output for the answer alone: from here on, `println!` in a parser goes to standard error.
#[cfg(unix)]
fn take_standard_output() -> io::Result<File> {
    let kept = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(File::from(kept))
}

#[cfg(not(unix))]
fn take_standard_output() -> io::Result<io::Stdout> {
    Ok(io::stdout())
}

#[cfg(unix)]
fn confine(memory: u64, seconds: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let set = |resource: Resource, value: u64| {
        let maximum = getrlimit(resource).maximum;
        let value = maximum.map_or(value, |maximum| maximum.min(value));
        setrlimit(resource, Rlimit { current: Some(value), maximum })
    };
    // Data and not address space: the program's file is large and mapped, which costs nothing.
    set(Resource::Data, memory)?;
    set(Resource::Cpu, seconds)?;
    // What a broken reader held of a document must not be left on the disk.
    set(Resource::Core, 0)?;
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}

#[cfg(not(unix))]
fn confine(_: u64, _: u64) -> io::Result<()> {
    Ok(())
}
