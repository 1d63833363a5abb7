//! The machine a benchmark ran on, in one line.

use std::fs;
use std::thread;

use super::figures::thousands;

/// Processor, cores, memory and kernel.
pub(super) fn describe() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let n_cores = thread::available_parallelism().map_or(1, usize::from);
    let model = value(&cpu, "model name").unwrap_or("unknown processor");
    let mib = value(&memory, "MemTotal").and_then(kib).unwrap_or(0) / 1024;
    format!("{model}, {n_cores} cores available, {} MiB memory, Linux {}", thousands(mib), version(&kernel))
}

fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim())
}

/// The version without what a distributor appended.
fn version(release: &str) -> &str {
    release.split(['-', '+']).next().unwrap_or_default().trim()
}

fn kib(value: &str) -> Option<u64> {
    value.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_key() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nMemTotal:       2048 kB\n";
        assert_eq!(value(text, "model name"), Some("Some CPU @ 2 GHz"));
        assert_eq!(value(text, "MemTotal").and_then(kib), Some(2048));
        assert_eq!(value(text, "absent"), None);
        assert_eq!(version("6.1.0-18-amd64\n"), "6.1.0");
    }
}
