//! How a compiler lays out a type, as a worker tells it.

/// A field of a type: see [`Layout`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "coordinator", derive(serde::Serialize, serde::Deserialize))]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Bytes before it.
    pub offset: u64,
    /// Bytes in it.
    pub size: u64,
}

/// What a compiler knows of a type: its size, its alignment, where its fields are.
///
/// ```
/// use diptych_lab::{Layout, layout};
///
/// struct Slice {
///     data: *const u8,
///     len: u32,
/// }
/// let layout: Layout = layout!("Slice", Slice { data, len });
/// assert_eq!((layout.size, layout.align, layout.niche), (16, 8, false));
/// assert_eq!(layout.fields.iter().map(|field| field.size).sum::<u64>(), 12);
///
/// // A field that is not visible here is left out.
/// assert!(layout!("Box<u64>", Box<u64>).niche);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "coordinator", derive(serde::Serialize, serde::Deserialize))]
pub struct Layout {
    /// The type, as its language writes it.
    #[cfg_attr(feature = "coordinator", serde(rename = "type"))]
    pub name: String,
    /// `rust` or `c++`.
    pub language: String,
    /// Bytes of one object.
    pub size: u64,
    /// Its alignment.
    pub align: u64,
    /// Some of its bits mean nothing, so that an optional one is no larger.
    pub niche: bool,
    /// Its fields, as far as they are known.
    pub fields: Vec<Field>,
}

impl Layout {
    /// The layout of a type of Rust's, without its fields.
    ///
    /// ```
    /// let layout = diptych_lab::Layout::of::<u16>("u16");
    /// assert_eq!((layout.size, layout.align, layout.niche), (2, 2, false));
    /// ```
    pub fn of<T>(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            language: "rust".to_owned(),
            size: size_of::<T>() as u64,
            align: align_of::<T>() as u64,
            niche: size_of::<Option<T>>() == size_of::<T>(),
            fields: Vec::new(),
        }
    }

    /// With one more field.
    ///
    /// ```
    /// let layout = diptych_lab::Layout::of::<[u8; 4]>("Pixel").field("alpha", 3, 1);
    /// assert_eq!(layout.fields[0].offset, 3);
    /// ```
    #[must_use]
    pub fn field(mut self, name: &str, offset: usize, size: usize) -> Self {
        self.fields.push(Field { name: name.to_owned(), offset: offset as u64, size: size as u64 });
        self
    }
}

/// The [`Layout`] of a type under a name, with the fields that are listed.
///
/// ```
/// struct Pair<T> {
///     first: T,
///     second: u8,
/// }
/// let layout = diptych_lab::layout!("Pair<u32>", Pair::<u32> { first, second });
/// assert_eq!(layout.fields[1].size, 1);
/// ```
#[macro_export]
macro_rules! layout {
    ($name:expr, $type:ty) => { $crate::Layout::of::<$type>($name) };
    ($name:expr, $type:ident $(::<$($parameter:ty),+>)? { $($field:ident),+ $(,)? }) => {{
        // Of a field that is only named, not read.
        fn size_of_field<S, F>(_: fn(&S) -> &F) -> usize {
            ::core::mem::size_of::<F>()
        }
        type Whole = $type $(<$($parameter),+>)?;
        $crate::Layout::of::<Whole>($name)
            $(.field(
                stringify!($field),
                ::core::mem::offset_of!(Whole, $field),
                size_of_field(|whole: &Whole| &whole.$field),
            ))+
    }};
}

#[cfg(feature = "coordinator")]
mod drawing {
    use super::{Field, Layout};
    use crate::protocol::whole;

    /// Rows of 8 bytes that are drawn of one type.
    const ROWS: u64 = 12;
    /// Columns of one byte.
    const BYTE: usize = 3;

    /// Reads the answer to `layout`. What is no line of it is passed over.
    pub(crate) fn read(lines: &[Vec<String>]) -> Vec<Layout> {
        let mut layouts: Vec<Layout> = Vec::new();
        for line in lines {
            match &line[..] {
                [kind, name, language, size, align, niche] if kind == "type" => {
                    if let (Some(size), Some(align)) = (whole(size), whole(align)) {
                        layouts.push(Layout {
                            name: name.clone(),
                            language: language.clone(),
                            size,
                            align,
                            niche: niche == "1",
                            fields: Vec::new(),
                        });
                    }
                }
                [kind, name, offset, size] if kind == "field" => {
                    let field = whole(offset).zip(whole(size));
                    if let (Some(layout), Some((offset, size))) = (layouts.last_mut(), field) {
                        layout.fields.push(Field { name: name.clone(), offset, size });
                    }
                }
                _ => {}
            }
        }
        layouts
    }

    /// A table of all types, then a drawing of each: 8 bytes in a row.
    pub(crate) fn draw(layouts: &[Layout]) -> String {
        let wide = layouts.iter().map(|layout| layout.name.chars().count()).max().unwrap_or(0);
        let wide = wide.max(4);
        let mut text = format!("{:wide$}  language  size  align  niche\n", "type");
        for Layout { name, language, size, align, niche, .. } in layouts {
            let niche = if *niche { "yes" } else { "no" };
            text += &format!("{name:wide$}  {language:8}  {size:>4}  {align:>5}  {niche}\n");
        }
        for layout in layouts {
            text += &format!("\n{} ({}), {} bytes\n", layout.name, layout.language, layout.size);
            text += &bytes(layout);
        }
        text + "\nEach row is 8 bytes. ....: no field, only padding; ????: fields that are not \
                told; \": the field goes on.\n"
    }

    fn bytes(layout: &Layout) -> String {
        let mut text = String::new();
        let rows = layout.size.div_ceil(8);
        for row in 0..rows.min(ROWS) {
            let start = row * 8;
            let end = (start + 8).min(layout.size);
            let mut line = format!("{start:>6} |");
            let mut at = start;
            while at < end {
                let (cell, next) = cell(layout, at, end);
                let width = usize::try_from(next - at).unwrap_or(8) * BYTE - 1;
                line += &format!("{cell:width$.width$}|");
                at = next;
            }
            text += &line;
            text.push('\n');
        }
        if rows > ROWS {
            text += &format!("       ... and {} rows more\n", rows - ROWS);
        }
        text
    }

    /// What to write into the cell at a byte, and where the next cell begins.
    fn cell(layout: &Layout, at: u64, end: u64) -> (String, u64) {
        let after = |field: &Field| field.offset.saturating_add(field.size);
        let here = |field: &&Field| field.offset <= at && at < after(field);
        match layout.fields.iter().find(here) {
            Some(field) if field.offset == at => (field.name.clone(), after(field).min(end)),
            // On the row's edge: named before.
            Some(field) => ("\"".to_owned(), after(field).min(end)),
            None => {
                let starts = layout.fields.iter().map(|field| field.offset);
                let next = starts.filter(|&start| start > at).min().unwrap_or(end).min(end);
                let filler = if layout.fields.is_empty() { "?" } else { "." };
                (filler.repeat(8 * BYTE), next)
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn fields(text: &str) -> Vec<Vec<String>> {
            text.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
        }

        #[test]
        fn bytes_are_drawn_in_rows_of_eight_with_padding() {
            let told = "type A c++ 32 8 0\nfield tag 0 1\nfield long 4 20\nfield last 24 8";
            let expected = "     0 |ta|........|long       |\n     8 |\"                      |\n    \
                            16 |\"                      |\n    24 |last                   |\n";
            assert_eq!(bytes(&read(&fields(told))[0]), expected);
            let hidden = bytes(&read(&fields("type B rust 4 4 1"))[0]);
            assert_eq!(hidden, "     0 |???????????|\n");
        }

        #[test]
        fn lines_that_make_no_sense_are_passed_over_and_none_panics() {
            let told = "field early 0 1\ntype A x -1 8 0\ntype B x 8 8 1\nfield f 9 z\nwhat\n\n\
                        type C x 18446744073709551615 1 0\n\
                        field far 18446744073709551615 18446744073709551615\nfield zero 3 0";
            let layouts = read(&fields(told));
            assert_eq!(layouts.len(), 2);
            assert!(layouts[0].niche && layouts[0].fields.is_empty());
            assert!(draw(&layouts).contains("rows more"));
        }
    }
}

#[cfg(feature = "coordinator")]
pub(crate) use drawing::{draw, read};
