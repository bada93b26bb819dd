//! The text format: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::fmt::{Display, Write as _};

/// What kind of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only ever grows, until the process ends.
    Counter,
    /// Goes up and down.
    Gauge,
    Histogram,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// The text so far. Writing into a `String` cannot fail.
#[derive(Debug, Default)]
pub(super) struct Exposition(String);

impl Exposition {
    /// Begins the samples of one name.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {}", kind.as_str());
    }

    /// One number.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (place, (label, text)) in labels.iter().enumerate() {
            let _ = write!(self.0, "{}{label}=\"", if place == 0 { '{' } else { ',' });
            for c in text.chars() {
                match c {
                    '\\' => self.0.push_str("\\\\"),
                    '"' => self.0.push_str("\\\""),
                    '\n' => self.0.push_str("\\n"),
                    c => self.0.push(c),
                }
            }
            self.0.push('"');
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    /// A histogram: `counts` by class, one more than there are upper bounds.
    pub(super) fn histogram(&mut self, name: &str, help: &str, bounds: &[f64], counts: &[u64], sum: f64) {
        self.family(name, Kind::Histogram, help);
        let bounds = bounds.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        let mut so_far = 0;
        for (bound, count) in bounds.zip(counts) {
            so_far += count;
            self.sample(&format!("{name}_bucket"), &[("le", &bound)], so_far);
        }
        self.sample(&format!("{name}_sum"), &[], sum);
        self.sample(&format!("{name}_count"), &[], so_far);
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_samples_and_labels_are_written_as_the_format_wants_them() {
        let mut out = Exposition::default();
        out.family("jobs", Kind::Gauge, "Jobs by queue.");
        out.sample("jobs", &[("queue", "a\"b\\c\nd"), ("state", "x")], 3);
        out.sample("up", &[], 1);
        assert_eq!(
            out.into_text(),
            "# HELP jobs Jobs by queue.\n# TYPE jobs gauge\njobs{queue=\"a\\\"b\\\\c\\nd\",state=\"x\"} 3\nup 1\n"
        );
    }

    #[test]
    fn the_classes_of_a_histogram_add_up() {
        let mut out = Exposition::default();
        out.histogram("took", "How long.", &[0.5, 1.0], &[1, 2, 3], 4.25);
        assert_eq!(
            out.into_text(),
            "# HELP took How long.\n# TYPE took histogram\ntook_bucket{le=\"0.5\"} 1\ntook_bucket{le=\"1\"} 3\n\
             took_bucket{le=\"+Inf\"} 6\ntook_sum 4.25\ntook_count 6\n"
        );
    }
}
