//! What did a reader die of, when it gave no answer?
//!
//! Told from the way its process ended and its last words. `None` means that it did not die of the file.

use std::process::ExitStatus;
use std::time::Duration;

use super::Limits;
use crate::ingest::document::ReadError;

/// Longest part of the last words that is passed on; they may quote the file.
const MAX_CHARACTERS: usize = 160;

/// The reason, or `None` if the program refused to start the work.
pub(super) fn of(status: Option<ExitStatus>, last_words: &str, limits: &Limits, time: Duration) -> Option<ReadError> {
    let out_of_memory = ReadError::OutOfMemory { limit: limits.memory };
    // Rust's own words when an allocation fails, and those of the C library.
    if last_words.contains("memory allocation of") || last_words.contains("Cannot allocate memory") {
        return Some(out_of_memory);
    }
    if last_words.contains("has overflowed its stack") {
        return Some(ReadError::Crashed("its contents are nested too deep".to_owned()));
    }
    let with_words = |what: String| match summary(last_words) {
        Some(words) => format!("{what} ({words})"),
        None => what,
    };
    match status {
        None => Some(ReadError::TimedOut { limit: time }),
        Some(status) => match (signal(status), status.code()) {
            // SIGKILL that was not ours: the system takes the largest process when memory runs out.
            (Some(9), _) => Some(out_of_memory),
            // SIGXCPU: the limit on processor time, which is that on the clock.
            (Some(24), _) => Some(ReadError::TimedOut { limit: time }),
            (Some(signal), _) => Some(ReadError::Crashed(with_words(format!("it ended with signal {signal}")))),
            // The codes with which the program ends when it was started wrongly or cannot set its limits.
            (None, Some(1 | 2)) => None,
            (None, Some(0)) => Some(ReadError::Crashed(with_words("it gave no answer".to_owned()))),
            (None, code) => {
                Some(ReadError::Crashed(with_words(format!("it ended with code {}", code.unwrap_or_default()))))
            }
        },
    }
}

/// The line that says most: a panic's message, else the last line; shortened.
pub(super) fn summary(last_words: &str) -> Option<String> {
    let lines: Vec<&str> = last_words
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("note: run with"))
        .collect();
    let panic = lines.iter().rposition(|line| line.contains("panicked at "));
    let line = panic.and_then(|at| lines.get(at + 1)).or(lines.last())?;
    let mut short: String = line.chars().filter(|character| !character.is_control()).take(MAX_CHARACTERS).collect();
    if line.chars().count() > MAX_CHARACTERS {
        short.push('…');
    }
    Some(short)
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[test]
    fn ways_to_end() {
        let verdict = |raw: i32, words: &str| {
            let time = Duration::from_secs(5);
            of(Some(ExitStatus::from_raw(raw)), words, &Limits::default(), time).map(|error| error.to_string())
        };
        let starts = |raw: i32, words: &str, start: &str| {
            let text = verdict(raw, words).unwrap_or_default();
            assert!(text.contains(start), "{text}");
        };
        starts(6, "noise\nmemory allocation of 99 bytes failed\n", "more than the 2000 MB of memory");
        starts(9, "", "more than the 2000 MB of memory");
        starts(24, "", "stopped after 5 s");
        starts(6, "\nthread 'main' (7) has overflowed its stack\nfatal runtime error\n", "nested too deep");
        starts(11, "", "signal 11;");
        let panic = "thread 'main' (7) panicked at a.rs:1:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1`\n";
        starts(101 << 8, panic, "code 101 (index out of bounds)");
        assert_eq!(verdict(2 << 8, "error: unrecognized subcommand"), None);
    }

    #[test]
    fn last_words_are_shortened() {
        let long = "å".repeat(1000);
        assert_eq!(summary(&long).map(|words| words.chars().count()), Some(MAX_CHARACTERS + 1));
        assert_eq!(summary("\n \n"), None);
    }
}
