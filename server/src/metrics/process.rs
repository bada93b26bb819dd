//! What the system knows of this process, under the names that Prometheus's own clients use. Linux only; elsewhere
//! nothing is told.

use super::exposition::{Exposition, Kind};
use std::fs;

/// Clock ticks a second in `/proc`: 100 on every Linux there is (`getconf CLK_TCK`).
const TICKS_PER_S: f64 = 100.0;

pub(super) fn tell(out: &mut Exposition) {
    if let Some(bytes) = fs::read_to_string("/proc/self/status").ok().and_then(|status| resident_bytes(&status)) {
        out.family("process_resident_memory_bytes", Kind::Gauge, "Memory of the process that is in use.");
        out.sample("process_resident_memory_bytes", &[], bytes);
    }
    if let Some(ticks) = fs::read_to_string("/proc/self/stat").ok().and_then(|stat| cpu_ticks(&stat)) {
        out.family("process_cpu_seconds_total", Kind::Counter, "Processor time of the process.");
        out.sample("process_cpu_seconds_total", &[], ticks as f64 / TICKS_PER_S);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        out.family("process_open_fds", Kind::Gauge, "Files and connections that the process holds open.");
        out.sample("process_open_fds", &[], files.count());
    }
}

/// `VmRSS:     12345 kB`.
fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// The 14th and 15th field: in the program and in the system. The second, the program's name, may hold anything, but
/// ends with the last parenthesis.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_processor_time_are_read_from_what_the_system_writes() {
        assert_eq!(resident_bytes("Name:\thookreel\nVmRSS:\t   10240 kB\nVmData: 1 kB\n"), Some(10_485_760));
        let stat = "42 (a ) name) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 8 0 1234 1 1";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!((resident_bytes(""), cpu_ticks("garbled")), (None, None));
    }
}
