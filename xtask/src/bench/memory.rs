//! Resident memory of the server, as the kernel counts it.

use std::fs;

use super::figures::thousands;

/// Resident memory now and at its highest, in MiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Memory {
    now_mib: u64,
    peak_mib: u64,
}

impl Memory {
    /// Reads the memory of a process; zeroes where the kernel does not tell.
    pub(super) fn of(process_id: u32) -> Self {
        parse(&fs::read_to_string(format!("/proc/{process_id}/status")).unwrap_or_default())
    }

    /// `120 MiB (peak 130 MiB)`.
    pub(super) fn text(self) -> String {
        format!("{} MiB (peak {} MiB)", thousands(self.now_mib), thousands(self.peak_mib))
    }
}

fn parse(status: &str) -> Memory {
    let mib = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
    };
    Memory { now_mib: mib("VmRSS:"), peak_mib: mib("VmHWM:") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_figures_are_read() {
        let status = "Name:\tadit\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n";
        assert_eq!(parse(status).text(), "100 MiB (peak 200 MiB)");
        assert_eq!(parse(""), Memory::default());
    }
}
