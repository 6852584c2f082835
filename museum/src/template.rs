//! An exhibit to begin with, which passes as it is.

use std::fs;
use std::path::{Path, PathBuf};

/// Names and texts of its files.
pub const FILES: [(&str, &str); 3] = [
    ("bug.cpp", include_str!("template/bug.cpp")),
    ("bug.rs", include_str!("template/bug.rs")),
    ("exhibit.toml", include_str!("template/exhibit.toml")),
];

/// Writes it into a new folder of that name.
pub fn write(exhibits: &Path, name: &str) -> Result<PathBuf, String> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !name.split('-').all(|word| !word.is_empty() && word.chars().all(letter)) {
        return Err(format!("\"{name}\" is not of the form words-with-hyphens, in lower case"));
    }
    let folder = exhibits.join(name);
    let complain = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(exhibits).map_err(complain)?;
    // Fails where there is one already.
    fs::create_dir(&folder).map_err(complain)?;
    for (file, text) in FILES {
        fs::write(folder.join(file), text).map_err(complain)?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibit::Exhibit;

    #[test]
    fn what_is_written_can_be_read_and_nothing_is_written_over() {
        let exhibits = tempfile::tempdir().unwrap();
        let folder = write(exhibits.path(), "a-new-bug").unwrap();
        assert_eq!(Exhibit::read(&folder).unwrap().name, "a-new-bug");
        assert!(write(exhibits.path(), "a-new-bug").is_err());
        for name in ["", "A", "a_b", "a-", "../a", "a b"] {
            assert!(write(exhibits.path(), name).is_err(), "{name}");
        }
    }
}
