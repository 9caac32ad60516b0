//! Why is a file not in the index, and what is to be done about it?
//!
//! One kind and one English sentence for every file that is left out, whoever found the reason: the walk through the
//! folders, a reader, or the process that a reader ran in. The kind is what the catalogue stores and counts; the
//! sentence is for the person who can do something. Not here: doubts about a file that was read, which are warnings
//! of its [`super::Reading`].

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use super::document::ReadError;

/// What kept a file or folder out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutKind {
    /// No reader takes its format.
    Unsupported,
    /// It has no bytes.
    Empty,
    /// It is broken, or not what its ending says.
    Damaged,
    /// It is locked with a password.
    Encrypted,
    /// It exceeds a limit.
    TooLarge,
    /// A program that would read it is missing on this machine.
    NeedsProgram,
    /// It could be opened but holds no text.
    NoText,
    /// Reading it took too long.
    TimedOut,
    /// Reading it took too much memory.
    OutOfMemory,
    /// The reader broke down on it.
    Crashed,
    /// The system refuses to hand it out.
    Unreadable,
    /// It was there when the folder was looked through and is no longer.
    Vanished,
    /// It is a link that leads to no file, a pipe, a socket or a device.
    NotAFile,
    /// Its name cannot be stored as text, or leads out of where it lies.
    BadName,
    /// Another program left it there for its own use: a lock file, a placeholder, an unfinished download.
    Leftover,
    /// It lies on another machine that did not hand it out.
    Unreachable,
}

impl LeftOutKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::Unsupported,
        Self::Empty,
        Self::Damaged,
        Self::Encrypted,
        Self::NeedsProgram,
        Self::TooLarge,
        Self::NoText,
        Self::TimedOut,
        Self::OutOfMemory,
        Self::Crashed,
        Self::Unreadable,
        Self::Vanished,
        Self::NotAFile,
        Self::BadName,
        Self::Leftover,
        Self::Unreachable,
    ];

    /// Its name as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported",
            Self::Empty => "empty",
            Self::Damaged => "damaged",
            Self::Encrypted => "encrypted",
            Self::NeedsProgram => "needs_program",
            Self::TooLarge => "too_large",
            Self::NoText => "no_text",
            Self::TimedOut => "timed_out",
            Self::OutOfMemory => "out_of_memory",
            Self::Crashed => "crashed",
            Self::Unreadable => "unreadable",
            Self::Vanished => "vanished",
            Self::NotAFile => "not_a_file",
            Self::BadName => "bad_name",
            Self::Leftover => "leftover",
            Self::Unreachable => "unreachable",
        }
    }

    /// The kind with this stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether the same contents may well be read the next time: what stood in the way is the machine's and not the
    /// file's.
    pub fn may_pass(self) -> bool {
        matches!(
            self,
            Self::NeedsProgram
                | Self::TimedOut
                | Self::OutOfMemory
                | Self::Unreadable
                | Self::Vanished
                | Self::Leftover
                | Self::Unreachable
        )
    }
}

impl fmt::Display for LeftOutKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why one file was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}")]
pub struct LeftOut {
    /// What kind of reason it is.
    pub kind: LeftOutKind,
    /// One English sentence without full stop: what is wrong, then what to do.
    pub reason: String,
}

impl LeftOut {
    /// A kind and its sentence.
    pub fn new(kind: LeftOutKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }

    /// What the system said about a file.
    pub fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => {
                Self::new(LeftOutKind::Vanished, "it went away while the folder was read; run the command again")
            }
            io::ErrorKind::OutOfMemory => Self::new(
                LeftOutKind::OutOfMemory,
                "the memory does not suffice to read it; divide it, or run the command again when the machine has \
                 less to do",
            ),
            io::ErrorKind::PermissionDenied => Self::new(
                LeftOutKind::Unreadable,
                format!("it cannot be read ({error}); let the user that runs rutinlots read it"),
            ),
            _ => Self::new(
                LeftOutKind::Unreadable,
                format!("it cannot be read ({error}); check the disk or the connection to it"),
            ),
        }
    }
}

impl From<ReadError> for LeftOut {
    fn from(error: ReadError) -> Self {
        let kind = match &error {
            ReadError::Io(error) => return Self::of_io(error),
            ReadError::Unsupported(_) => LeftOutKind::Unsupported,
            ReadError::Empty => LeftOutKind::Empty,
            ReadError::Damaged { .. } => LeftOutKind::Damaged,
            ReadError::Encrypted => LeftOutKind::Encrypted,
            ReadError::NeedsProgram(_) | ReadError::NotRecognised(_) => LeftOutKind::NeedsProgram,
            ReadError::NoText => LeftOutKind::NoText,
            ReadError::TooLarge(_) => LeftOutKind::TooLarge,
            ReadError::NotAFile => LeftOutKind::NotAFile,
            ReadError::TimedOut { .. } => LeftOutKind::TimedOut,
            ReadError::OutOfMemory { .. } => LeftOutKind::OutOfMemory,
            ReadError::Crashed(_) => LeftOutKind::Crashed,
        };
        Self { kind, reason: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_names_are_those_of_json_and_lead_back() {
        for kind in LeftOutKind::ALL {
            assert_eq!(LeftOutKind::from_name(kind.as_str()), Some(kind));
            assert_eq!(serde_json::json!(kind), kind.as_str());
        }
        assert_eq!(LeftOutKind::from_name("lost"), None);
    }
}
