//! Command lines as they are written, and what their programs are called.

use std::path::Path;

/// A command that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Unlike all others'.
    pub(crate) name: String,
    /// As written, without its name.
    pub(crate) text: String,
    /// The program and its arguments.
    pub(crate) words: Vec<String>,
}

/// The program behind `--shell` and `--prepare`.
pub(crate) const SHELL: &str = "/bin/sh";

/// What a shell is given, to do this.
pub(crate) fn by_shell(text: &str) -> Vec<String> {
    [SHELL, "-c", text].map(str::to_owned).into()
}

/// Reads `command line` and `NAME=command line`, each into words, or for the shell. A command
/// without a name is called like its program, or as a whole where that is not enough.
pub(crate) fn lines(asked: &[String], shell: bool) -> Result<Vec<Line>, String> {
    if asked.len() < 2 {
        return Err("--commands needs at least two: --commands 'old args' 'new args'".to_owned());
    }
    // Names as given, names of programs, and the rest.
    let mut all: Vec<(Option<&str>, String, Line)> = Vec::new();
    for whole in asked {
        let (name, text) = match named(whole) {
            Some((name, text)) => (Some(name), text),
            None => (None, whole.as_str()),
        };
        let split = shell_words::split(text)
            .map_err(|_| format!("the quotes of \"{text}\" do not close"))?;
        let Some(program) = split.first() else {
            return Err(format!("\"{whole}\" is no command"));
        };
        if name.is_some() && all.iter().any(|&(other, ..)| other == name) {
            return Err(format!("two commands are named {}", name.unwrap_or_default()));
        }
        let short = Path::new(program).file_name().map(|name| name.to_string_lossy().into_owned());
        let short = short.unwrap_or_else(|| program.clone());
        let words = if shell { by_shell(text) } else { split };
        all.push((name, short, Line { name: String::new(), text: text.trim().to_owned(), words }));
    }
    let name = |at: usize| {
        let (given, short, line) = &all[at];
        let unnamed = |from: &[(Option<&str>, String, Line)],
                       same: &dyn Fn(&str, &Line) -> bool| {
            from.iter().filter(|(name, short, line)| name.is_none() && same(short, line)).count()
        };
        let taken = |name: &str| all.iter().any(|&(given, ..)| given == Some(name));
        if let Some(given) = given {
            return (*given).to_owned();
        }
        if unnamed(&all, &|other, _| other == short) == 1 && !taken(short) {
            return short.clone();
        }
        match unnamed(&all[..at], &|_, other| other.text == line.text) {
            0 => line.text.clone(),
            before => format!("{}#{}", line.text, before + 1),
        }
    };
    let names: Vec<String> = (0..all.len()).map(name).collect();
    Ok(all.into_iter().zip(names).map(|((_, _, line), name)| Line { name, ..line }).collect())
}

/// `NAME=command line`: what stands before the first `=` is a name when it is one word without a
/// slash, so that `ls --color=auto` and `./x=3` have none.
fn named(text: &str) -> Option<(&str, &str)> {
    let (name, command) = text.split_once('=')?;
    let odd = |c: char| c.is_whitespace() || "/'\"\\$`".contains(c);
    (!name.is_empty() && !name.contains(odd)).then_some((name, command))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn names(asked: &[&str]) -> Vec<String> {
        let asked: Vec<String> = asked.iter().map(|&text| text.into()).collect();
        lines(&asked, false).unwrap().into_iter().map(|line| line.name).collect()
    }

    #[test]
    fn commands_are_called_like_their_program_where_that_tells_them_apart() {
        assert_eq!(names(&["/bin/gzip -9 x", "bin/zstd x"]), ["gzip", "zstd"]);
        assert_eq!(names(&["gzip -1 x", "gzip -9 x", "xz x"]), ["gzip -1 x", "gzip -9 x", "xz"]);
        assert_eq!(names(&["gzip x", "gzip x"]), ["gzip x", "gzip x#2"]);
        assert_eq!(names(&["old=gzip x", "gzip x"]), ["old", "gzip"]);
        assert_eq!(names(&["gzip=a/x", "b/gzip"]), ["gzip", "b/gzip"]);
        assert_eq!(names(&["ls --color=auto", "./a=3"]), ["ls", "a=3"]);
    }

    #[test]
    fn words_are_split_as_a_shell_does_and_nothing_is_expanded() {
        let asked = ["a=grep 'two words' *.c \"$HOME\"".to_owned(), "b=x\\ y".to_owned()];
        let found = lines(&asked, false).unwrap();
        assert_eq!(found[0].words, ["grep", "two words", "*.c", "$HOME"]);
        assert_eq!(found[1].words, ["x y"]);
        assert_eq!(lines(&asked, true).unwrap()[1].words, ["/bin/sh", "-c", "x\\ y"]);
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for (asked, message) in [
            (&["a"][..], "at least two"),
            (&["a", "b 'c"], "do not close"),
            (&["a", " "], "is no command"),
            (&["x=a", "x=b"], "two commands are named x"),
        ] {
            let asked: Vec<String> = asked.iter().map(|&text| text.into()).collect();
            let refused = lines(&asked, false).unwrap_err();
            assert!(refused.contains(message), "{refused}");
        }
    }
}
