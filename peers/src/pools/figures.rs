//! What the processes of one pool have told, and what that says.

use super::probe::GAPS;

/// What one process has told.
#[derive(Clone, Debug, Default, PartialEq)]
struct Launch {
    /// Nanoseconds from submission to begin, for each gap.
    latencies: [Vec<u64>; GAPS.len()],
    /// Milliseconds of processor time per second.
    trickle: Option<f64>,
    idle: Option<f64>,
}

/// Language, compiler and flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub language: String,
    pub compiler: String,
    pub flags: String,
}

/// What all processes of one pool have told.
#[derive(Default)]
pub struct Figures {
    pub about: About,
    launches: Vec<Launch>,
}

/// A figure over launches.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub name: String,
    /// Of each launch that told it, in their order.
    pub launches: Vec<f64>,
}

/// The middle of values, and between which of them it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Middle {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Figures {
    /// Adds what a process has printed. Of one that prints rubbish nothing stays.
    pub fn read(&mut self, text: &str) -> Result<(), String> {
        let mut launch = Launch::default();
        let mut about = self.about.clone();
        for line in text.lines() {
            let rubbish = || format!("printed what was not asked for: {line:.60}");
            let mut fields = line.split('\t');
            let first = fields.next();
            let mut next = || fields.next().ok_or_else(rubbish);
            match first {
                Some("about") => {
                    let mut next = || next().map(str::to_owned);
                    about = About { language: next()?, compiler: next()?, flags: next()? };
                }
                Some("latency") => {
                    let gap = next()?.parse().ok();
                    let at = GAPS.iter().position(|known| Some(known.as_micros()) == gap);
                    let samples = fields.map(|field| field.parse().map_err(|_| rubbish()));
                    launch.latencies[at.ok_or_else(rubbish)?] =
                        samples.collect::<Result<_, _>>()?;
                }
                Some(name @ ("trickle" | "idle")) => {
                    let figure = Some(next()?.parse().map_err(|_| rubbish())?);
                    let place = if name == "idle" { &mut launch.idle } else { &mut launch.trickle };
                    *place = figure;
                }
                _ => return Err(rubbish()),
            }
        }
        self.about = about;
        self.launches.push(launch);
        Ok(())
    }

    /// Tasks of all launches for each gap, at most.
    pub fn samples(&self) -> usize {
        let of = |at: usize| self.launches.iter().map(|launch| launch.latencies[at].len()).sum();
        (0..GAPS.len()).map(of).max().unwrap_or(0)
    }

    /// All of them, in the order of the table.
    pub fn all(&self) -> Vec<Figure> {
        let figure = |name: String, of: &dyn Fn(&Launch) -> Option<f64>| Figure {
            name,
            launches: self.launches.iter().filter_map(of).collect(),
        };
        let mut all = Vec::new();
        for (at, gap) in GAPS.iter().enumerate() {
            for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
                let name = format!("latency_us_{name}_after_{}us", gap.as_micros());
                all.push(figure(name, &|launch| quantile(&launch.latencies[at], share)));
            }
        }
        all.push(figure("trickle_cpu_ms_per_s".to_owned(), &|launch| launch.trickle));
        all.push(figure("idle_cpu_ms_per_s".to_owned(), &|launch| launch.idle));
        all
    }
}

/// In microseconds, of nanoseconds.
fn quantile(samples: &[u64], share: f64) -> Option<f64> {
    let mut samples = samples.to_vec();
    samples.sort_unstable();
    let at = ((samples.len() as f64 * share) as usize).min(samples.len().max(1) - 1);
    samples.get(at).map(|nanoseconds| *nanoseconds as f64 / 1e3)
}

impl Figure {
    /// The median, and the interval that holds the median of all launches there could be: by the
    /// sign test, which asks nothing of how launches differ. With too few of them, all lie in it.
    pub fn middle(&self) -> Option<Middle> {
        let mut sorted = self.launches.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let (half, cut) = (sorted.len() / 2, left_out(sorted.len()));
        let value = match sorted.len() {
            0 => return None,
            odd if odd % 2 == 1 => sorted[half],
            _ => f64::midpoint(sorted[half - 1], sorted[half]),
        };
        Some(Middle { value, low: sorted[cut], high: sorted[sorted.len() - 1 - cut] })
    }
}

/// How many of the least, and of the greatest, may be left out and still the rest holds the median
/// with 95 %.
fn left_out(launches: usize) -> usize {
    (1..launches / 2).take_while(|&cut| missed(launches, cut) <= 0.05).last().unwrap_or(0)
}

/// How often the median lies beyond what is left when so many are left out at either end: at most
/// `cut` of the launches are then on one side of it.
fn missed(launches: usize, cut: usize) -> f64 {
    let mut ways = 1.0;
    let mut sum = 1.0;
    for taken in 1..=cut {
        ways *= (launches + 1 - taken) as f64 / taken as f64;
        sum += ways;
    }
    2.0 * sum / 2f64.powi(i32::try_from(launches).unwrap_or(i32::MAX))
}

/// How surely an interval over so many launches holds the median.
pub fn confidence(launches: usize) -> f64 {
    (1.0 - missed(launches, left_out(launches))).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(rounds: &[&str]) -> Figures {
        let mut figures = Figures::default();
        rounds.iter().for_each(|text| figures.read(text).expect("it is well formed"));
        figures
    }

    fn values(figures: &Figures) -> Vec<Option<f64>> {
        figures.all().iter().map(|figure| Some(figure.middle()?.value)).collect()
    }

    #[test]
    fn launches_are_put_together_by_their_middle() {
        let two = figures(&[
            "about\tc++\tg++ 1\t-O3, x 2\nlatency\t300\t4000\t1000\nlatency\t5000\t7000\n\
             trickle\t2.0\nidle\t0.5\n",
            "latency\t300\t2000\t3000\ntrickle\t4.0\nidle\t0.25\n",
        ]);
        assert_eq!(values(&two), [3.5, 3.5, 7.0, 7.0, 3.0, 0.375].map(Some));
        let first = &two.all()[0];
        assert_eq!(first.launches, [4.0, 3.0]);
        assert_eq!(first.middle(), Some(Middle { value: 3.5, low: 3.0, high: 4.0 }));
        assert_eq!((two.about.language.as_str(), two.about.flags.as_str()), ("c++", "-O3, x 2"));
        assert_eq!(two.samples(), 4);
    }

    #[test]
    fn what_was_not_told_is_no_number() {
        let none = figures(&["trickle\t1.5"]);
        assert_eq!(values(&none), [None, None, None, None, Some(1.5), None]);
    }

    #[test]
    fn rubbish_is_named_and_leaves_nothing() {
        for text in ["hello", "latency\t299\t5", "latency\t300\tx", "trickle\t", "idle\tmuch"] {
            let mut figures = Figures::default();
            let reason = figures.read(&format!("trickle\t1\n{text}")).expect_err(text);
            assert_eq!(reason, format!("printed what was not asked for: {text}"));
            assert!(figures.launches.is_empty());
        }
    }

    #[test]
    fn intervals_of_the_median_are_those_of_the_printed_tables() {
        // The least confidence of 95 % by the ranks of the sign test.
        for (launches, cut, sure) in
            [(5, 0, 0.9375), (6, 0, 0.96875), (8, 0, 0.9921875), (9, 1, 0.9609375), (15, 3, 0.9648)]
        {
            assert_eq!(left_out(launches), cut, "{launches}");
            assert!((confidence(launches) - sure).abs() < 1e-4, "{launches}");
        }
        assert_eq!(confidence(1), 0.0);
        assert_eq!(confidence(0), 0.0);
        let figure = |launches: &[f64]| Figure { name: String::new(), launches: launches.to_vec() };
        let nine = figure(&[9.0, 1.0, 2.0, 3.0, 5.0, 4.0, 6.0, 7.0, 100.0]).middle();
        assert_eq!(nine, Some(Middle { value: 5.0, low: 2.0, high: 9.0 }));
        assert_eq!(figure(&[]).middle(), None);
    }
}
