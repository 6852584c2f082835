//! What was measured, for readers and for programs.

use super::probe::GAPS;

/// What the rounds of one pool have told.
#[derive(Default)]
pub struct Figures {
    /// Nanoseconds from submission to begin, for each gap.
    latencies: [Vec<u64>; GAPS.len()],
    /// Milliseconds of processor time per second, of each round.
    trickle: Vec<f64>,
    idle: Vec<f64>,
}

impl Figures {
    /// Adds what a process has printed. An error leaves what came before it.
    pub fn read(&mut self, text: &str) -> Result<(), String> {
        for line in text.lines() {
            let rubbish = || format!("printed what was not asked for: {line:.60}");
            let mut fields = line.split('\t');
            match fields.next() {
                Some("latency") => {
                    let gap = fields.next().and_then(|gap| gap.parse().ok());
                    let at = GAPS.iter().position(|known| Some(known.as_micros()) == gap);
                    let samples = &mut self.latencies[at.ok_or_else(rubbish)?];
                    for field in fields {
                        samples.push(field.parse().map_err(|_| rubbish())?);
                    }
                }
                Some(name @ ("trickle" | "idle")) => {
                    let figure = fields.next().and_then(|figure| figure.parse().ok());
                    let figures = if name == "idle" { &mut self.idle } else { &mut self.trickle };
                    figures.push(figure.ok_or_else(rubbish)?);
                }
                _ => return Err(rubbish()),
            }
        }
        Ok(())
    }

    /// Name and value of every figure; none where nothing was told.
    fn all(&self) -> Vec<(String, Option<f64>)> {
        let mut all = Vec::new();
        for (gap, samples) in GAPS.iter().zip(&self.latencies) {
            let mut samples = samples.clone();
            samples.sort_unstable();
            for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
                let at = ((samples.len() as f64 * share) as usize).min(samples.len().max(1) - 1);
                let value = samples.get(at).map(|nanoseconds| *nanoseconds as f64 / 1e3);
                all.push((format!("latency_us_{name}_after_{}us", gap.as_micros()), value));
            }
        }
        all.push(("trickle_cpu_ms_per_s".to_owned(), median(&self.trickle)));
        all.push(("idle_cpu_ms_per_s".to_owned(), median(&self.idle)));
        all
    }
}

/// The middle one, or the mean of both.
fn median(figures: &[f64]) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// For readers.
pub fn table(rows: &[(&str, &Figures)], load: &str) -> String {
    let samples = rows.iter().flat_map(|(_, figures)| &figures.latencies).map(Vec::len).max();
    let mut text = format!(
        "From submission to begin, in microseconds, on a pool that had nothing to do for so long \
         ({} tasks);\nmilliseconds of processor time per second with 1000 empty tasks per second, \
         and idle. Load {load}.\n\n{:<18}",
        samples.unwrap_or(0),
        "pool"
    );
    let heads = ["300 us p50", "p99", "5 ms p50", "p99", "trickle", "idle"];
    heads.iter().for_each(|head| text += &format!("{head:>12}"));
    text += "\n";
    for (name, figures) in rows {
        text += &format!("{name:<18}");
        for (name, value) in figures.all() {
            let places = if name.starts_with("latency") { 1 } else { 2 };
            let value = value.map_or("-".to_owned(), |value| format!("{value:.places$}"));
            text += &format!("{value:>12}");
        }
        text += "\n";
    }
    text
}

/// For programs.
pub fn json(rows: &[(&str, &Figures)], load: &str) -> String {
    let row = |(name, figures): &(&str, &Figures)| {
        let mut text = format!("    {{ \"pool\": \"{name}\"");
        for (name, value) in figures.all() {
            let value = value.map_or("null".to_owned(), |value| format!("{value:.3}"));
            text += &format!(", \"{name}\": {value}");
        }
        text + " }"
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    format!("{{\n  \"load\": \"{load}\",\n  \"pools\": [\n{}\n  ]\n}}\n", rows.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(rounds: &[&str]) -> Figures {
        let mut figures = Figures::default();
        rounds.iter().for_each(|text| figures.read(text).expect("it is well formed"));
        figures
    }

    #[test]
    fn rounds_are_put_together() {
        let two = figures(&[
            "latency\t300\t4000\t1000\nlatency\t5000\t7000\ntrickle\t2.0\nidle\t0.5\n",
            "latency\t300\t2000\t3000\ntrickle\t4.0\nidle\t0.25\n",
        ]);
        let values: Vec<_> = two.all().into_iter().map(|(_, value)| value).collect();
        let some = [3.0, 4.0, 7.0, 7.0, 3.0, 0.375].map(Some);
        assert_eq!(values, some);
        assert!(table(&[("x", &two)], "0.00").ends_with(
            "x                          3.0         4.0         7.0         7.0        3.00        \
             0.38\n"
        ));
    }

    #[test]
    fn what_was_not_told_is_no_number() {
        let none = figures(&["trickle\t1.5"]);
        let text = json(&[("x", &none)], "0.00");
        assert!(text.contains("\"latency_us_p50_after_300us\": null"), "{text}");
        assert!(text.contains("\"trickle_cpu_ms_per_s\": 1.500"), "{text}");
        assert!(table(&[("x", &none)], "").contains(" - "));
    }

    #[test]
    fn rubbish_is_named() {
        for text in ["hello", "latency\t299\t5", "latency\t300\tx", "trickle\t", "idle\tmuch"] {
            let reason = Figures::default().read(text).expect_err(text);
            assert_eq!(reason, format!("printed what was not asked for: {text}"));
        }
    }
}
