//! A download list: what fails is put at the end of the list, to be tried again. The list is being
//! walked over at that moment.
#![forbid(unsafe_code)]

struct Download {
    file: &'static str,
    attempt: u32,
}

fn fetch(d: &Download) -> bool {
    let ok = d.attempt > 1 || !d.file.starts_with('a');
    println!("{}, attempt {}: {}", d.file, d.attempt, if ok { "ok" } else { "failed" });
    ok
}

fn main() {
    let mut list =
        Vec::from(["a.iso", "b.iso", "c.iso", "d.iso"].map(|file| Download { file, attempt: 1 }));
    #[cfg(not(fixed))]
    for d in &list {
        if !fetch(d) {
            list.push(Download { file: d.file, attempt: d.attempt + 1 });
        }
    }
    #[cfg(fixed)]
    {
        let mut next = 0;
        while let Some(d) = list.get(next) {
            if !fetch(d) {
                list.push(Download { file: d.file, attempt: d.attempt + 1 });
            }
            next += 1;
        }
    }
}
