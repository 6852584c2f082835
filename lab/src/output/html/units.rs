//! How figures are written on the page.

/// A space that does not break and is narrow.
pub(super) const THIN: char = '\u{202f}';

/// Stands for what has no figure.
pub(super) const NONE: &str = "\u{2013}";

/// A ratio of times.
pub(super) fn ratio(value: f64) -> String {
    match value {
        small if small < 10.0 => format!("{small:.3}"),
        middle if middle < 100.0 => format!("{middle:.1}"),
        large => format!("{large:.0}"),
    }
}

/// An interval of ratios.
pub(super) fn interval(low: Option<f64>, high: Option<f64>) -> Option<String> {
    Some(format!("{}{THIN}\u{2013}{THIN}{}", ratio(low?), ratio(high?)))
}

/// A share, in percent.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 9.95 { format!("{percent:.1}{THIN}%") } else { format!("{percent:.0}{THIN}%") }
}

/// Digits in groups of three.
pub(super) fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(digit);
    }
    text
}

/// A count, to the unit.
pub(super) fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// A count that may be a mean or a median of some.
pub(super) fn figure(value: f64) -> String {
    match value.abs() {
        size if size < 100.0 && value.fract() != 0.0 => format!("{value:.2}"),
        _ => grouped(&format!("{value:.0}")),
    }
}

/// A time of at least three digits.
pub(super) fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "\u{b5}s"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    let value = match value {
        small if small < 9.995 => format!("{small:.2}"),
        middle if middle < 99.95 => format!("{middle:.1}"),
        large => format!("{large:.0}"),
    };
    format!("{value}{THIN}{unit}")
}

/// A size in binary units.
#[allow(clippy::cast_precision_loss)]
pub(super) fn bytes(value: u64) -> String {
    let size = value as f64;
    match value {
        0..1024 => format!("{value}{THIN}B"),
        1024..1_048_576 => format!("{:.1}{THIN}KiB", size / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1}{THIN}MiB", size / 1_048_576.0),
        _ => format!("{:.2}{THIN}GiB", size / 1_073_741_824.0),
    }
}

/// The same with a sign.
pub(super) fn signed_bytes(value: i64) -> String {
    let sign = if value < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", bytes(value.unsigned_abs()))
}

/// A coordinate in a drawing.
pub(super) fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_the_digits_that_matter() {
        assert_eq!(grouped("1234567"), "1\u{202f}234\u{202f}567");
        assert_eq!((count(0), count(999)), ("0".to_owned(), "999".to_owned()));
        assert_eq!(signed_bytes(-1000), "\u{2212}1000\u{202f}B");
        assert_eq!(
            (figure(3.0), figure(2.5), figure(12345.6)),
            ("3".into(), "2.50".into(), "12\u{202f}346".into())
        );
        assert_eq!(
            (time(999.9), time(1234.0)),
            ("1000\u{202f}ns".into(), "1.23\u{202f}\u{b5}s".into())
        );
        assert_eq!((percent(0.0123), percent(0.5)), ("1.2\u{202f}%".into(), "50\u{202f}%".into()));
        assert_eq!((at(3.04), at(2.26), at(-1.0)), ("3".into(), "2.3".into(), "-1".into()));
        assert_eq!(interval(Some(0.5), None), None);
    }
}
