//! Lines of aligned columns that fit a terminal's width.

use crate::table::cut;

/// A column: its title, whether it stands to the left, and how soon it goes when the width is
/// short (0 never).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) left: bool,
    pub(crate) goes: u32,
}

/// The columns that are shown, and how wide.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    /// Index, width, to the left.
    shown: Vec<(usize, usize, bool)>,
}

impl Grid {
    /// For lines of these cells on a terminal of this width, each behind two spaces. Columns go
    /// until the rest is narrow enough; then the widest are cut.
    pub(crate) fn fit(columns: &[Column], lines: &[Vec<String>], width: usize) -> Self {
        let wide = |at: usize| {
            let cells = lines.iter().filter_map(|line| line.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let all = columns.iter().enumerate();
        let mut shown: Vec<(usize, usize, bool)> =
            all.map(|(at, column)| (at, wide(at).max(column.title.len()), column.left)).collect();
        let total = |shown: &[(usize, usize, bool)]| {
            shown.iter().map(|&(_, wide, _)| wide + 2).sum::<usize>()
        };
        while total(&shown) > width {
            let soonest = (0..shown.len()).max_by_key(|&place| columns[shown[place].0].goes);
            match soonest {
                Some(place) if columns[shown[place].0].goes > 0 => drop(shown.remove(place)),
                _ => break,
            }
        }
        while total(&shown) > width {
            match shown.iter_mut().max_by_key(|(_, wide, _)| *wide) {
                Some((_, wide, _)) if *wide > 4 => *wide -= 1,
                _ => break,
            }
        }
        Self { shown }
    }

    /// One line of cells, with its end.
    pub(crate) fn line<S: AsRef<str>>(&self, cells: &[S]) -> String {
        let mut line = String::new();
        for &(at, width, left) in &self.shown {
            let cell = cut(cells.get(at).map_or("", AsRef::as_ref), width);
            line.push_str("  ");
            line += &if left { format!("{cell:width$}") } else { format!("{cell:>width$}") };
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_grid_loses_columns_first_and_letters_then() {
        let column = |title, left, goes| Column { title, left, goes };
        let columns = [column("who", true, 0), column("how", false, 1), column("x", false, 0)];
        let line = vec!["somebody".to_owned(), "12".to_owned(), "3".to_owned()];
        let of = |width| Grid::fit(&columns, std::slice::from_ref(&line), width).line(&line);
        assert_eq!(of(80), "  somebody   12  3\n");
        assert_eq!(of(14), "  somebody  3\n");
        assert_eq!(of(11), "  someb~  3\n");
    }
}
