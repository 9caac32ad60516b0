//! What may reading one file cost?

use std::time::Duration;

/// Limits of a reader process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time on the clock for a small file.
    pub time: Duration,
    /// Time on top of it for each million bytes of the file.
    pub time_per_megabyte: Duration,
    /// Bytes of memory for data.
    pub memory: u64,
    /// Bytes that its answer may take.
    pub output: u64,
}

impl Default for Limits {
    /// Ample for a routine of a thousand pages: readers do hundreds of pages a second. What they use is measured in
    /// the tests. Scanned pages take seconds each and are recognised outside these limits.
    fn default() -> Self {
        Self {
            time: Duration::from_mins(1),
            time_per_megabyte: Duration::from_secs(3),
            memory: 2_000_000_000,
            output: 256_000_000,
        }
    }
}

impl Limits {
    /// Time for a file of `bytes`.
    pub fn time_for(&self, bytes: u64) -> Duration {
        let millions = u32::try_from(bytes / 1_000_000).unwrap_or(u32::MAX);
        self.time.saturating_add(self.time_per_megabyte.saturating_mul(millions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_file_gets_more_time() {
        let limits = Limits::default();
        assert_eq!(limits.time_for(999_999), Duration::from_mins(1));
        assert_eq!(limits.time_for(100_000_000), Duration::from_mins(6));
    }
}
