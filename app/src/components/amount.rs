//! Numbers with their units.

use crate::time_text;
use leptos::prelude::*;

pub use hookreel_kernel::text::grouped;

/// How long something took.
#[component]
pub fn Millis(ms: u32) -> impl IntoView {
    view! { <span class="amount">{time_text::duration(u64::from(ms))}</span> }
}

/// How large something is.
#[component]
pub fn Bytes(bytes: u64) -> impl IntoView {
    view! { <span class="amount" title=format!("{} bytes", grouped(bytes))>{size(bytes)}</span> }
}

/// How many there are.
#[component]
pub fn Count(
    n: u64,
    /// One of them.
    noun: &'static str,
    /// Several of them.
    plural: &'static str,
) -> impl IntoView {
    view! { <span class="amount">{counted(n, noun, plural)}</span> }
}

/// `1,204 deliveries`.
pub fn counted(n: u64, noun: &str, plural: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { noun } else { plural })
}

/// `840 B`, `12.3 KiB`.
pub fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;
    const GIB: u64 = 1024 * MIB;
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{:.1} KiB", bytes as f64 / KIB as f64),
        MIB..GIB => format!("{:.1} MiB", bytes as f64 / MIB as f64),
        _ => format!("{:.1} GiB", bytes as f64 / GIB as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_counted() {
        assert_eq!(counted(1, "delivery", "deliveries"), "1 delivery");
        assert_eq!(counted(1_204, "delivery", "deliveries"), "1,204 deliveries");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(0), "0");
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(size(840), "840 B");
        assert_eq!(size(12_595), "12.3 KiB");
        assert_eq!(size(2_621_440), "2.5 MiB");
        assert_eq!(size(13_958_643_712), "13.0 GiB");
    }
}
