//! The process itself: memory, processor time, files, threads, start. Names are Prometheus' customary ones.
//!
//! Read from `/proc`, so on other systems than Linux these lines are missing. Written by hand, because processor time is
//! a counter with a fraction, which the facade has no type for.

use std::fmt::Write as _;

/// Ticks of `/proc/self/stat` in a second: the kernel's interface constant `USER_HZ`.
const TICKS: f64 = 100.0;

/// Adds the lines.
pub(super) fn append(text: &mut String) {
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        if let Some(kilobytes) = number(&status, "VmRSS:") {
            line(text, "process_resident_memory_bytes", "gauge", kilobytes * 1024.0);
        }
        if let Some(threads) = number(&status, "Threads:") {
            line(text, "process_threads", "gauge", threads);
        }
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        // Counting opens the directory itself; that one is not the service's.
        let open = u32::try_from(files.count().saturating_sub(1)).unwrap_or(u32::MAX);
        line(text, "process_open_fds", "gauge", f64::from(open));
    }
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    if let Some(most) = number(&limits, "Max open files") {
        line(text, "process_max_fds", "gauge", most);
    }
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return;
    };
    // The program's name may hold spaces; the fields after it do not.
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .map(|field| field.parse().unwrap_or_default())
        .collect();
    if let (Some(user), Some(system)) = (fields.get(11), fields.get(12)) {
        line(text, "process_cpu_seconds_total", "counter", (user + system) / TICKS);
    }
    let boot = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    if let (Some(start), Some(boot)) = (fields.get(19), number(&boot, "btime")) {
        line(text, "process_start_time_seconds", "gauge", boot + start / TICKS);
    }
}

fn line(text: &mut String, name: &str, kind: &str, value: f64) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# TYPE {name} {kind}\n{name} {value}");
}

/// The first number after `key` at the start of a line.
fn number(text: &str, key: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(key))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_figures_are_those_of_a_running_process() {
        let mut text = String::new();
        append(&mut text);
        let value = |name: &str| number(&text, name).unwrap();
        assert!(value("process_resident_memory_bytes") > 1e6, "{text}");
        assert!(
            value("process_open_fds") >= 3.0 && value("process_threads") >= 1.0,
            "{text}"
        );
        assert!(value("process_max_fds") >= value("process_open_fds"), "{text}");
        // Later than 2020, and processor time of less than a day.
        assert!(value("process_start_time_seconds") > 1.577e9, "{text}");
        assert!(value("process_cpu_seconds_total") < 86_400.0, "{text}");
    }
}
