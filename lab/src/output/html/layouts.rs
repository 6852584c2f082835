//! Types as their compilers laid them out: eight bytes in a row.

use maud::{Markup, html};

use super::units::count;
use crate::layout::{Field, Layout};
use crate::report::Report;

/// Rows of eight bytes that are drawn of one type.
const ROWS: u64 = 16;

/// Some bytes of a row: to the next field's begin or end.
struct Cell<'a> {
    bytes: u64,
    /// The field, and whether it begins here; `None` is padding.
    field: Option<(&'a Field, bool)>,
}

/// A drawing for each type that tells its fields, and a table of the others.
pub(super) fn part(report: &Report) -> Option<Markup> {
    let (told, hidden): (Vec<&Layout>, Vec<&Layout>) =
        report.layouts.iter().partition(|layout| !layout.fields.is_empty());
    (!report.layouts.is_empty()).then(|| html! {
        @if !told.is_empty() {
            p.explain {
                "Eight bytes in a row, each field where it is. " span.swatch.padding {} " padding. "
                "A niche: bits that mean nothing, so that an optional one is no larger."
            }
            div.cards { @for layout in told { (card(layout)) } }
        }
        @if !hidden.is_empty() {
            h3 { "Types whose fields are not told" }
            (table(&hidden))
        }
    })
}

fn table(layouts: &[&Layout]) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table {
                thead { tr {
                    th scope="col" { "Type" }
                    th scope="col" { "Language" }
                    th.figure scope="col" { "Bytes" }
                    th.figure scope="col" { "Aligned to" }
                    th scope="col" { "Niche" }
                } }
                tbody { @for layout in layouts {
                    tr {
                        th scope="row" { span.code { (layout.name) } }
                        td { (layout.language) }
                        td.figure { (count(layout.size)) }
                        td.figure { (count(layout.align)) }
                        td { @if layout.niche { "yes" } @else { span.none { "no" } } }
                    }
                } }
            }
        }
    }
}

fn card(layout: &Layout) -> Markup {
    let rows = layout.size.div_ceil(8);
    html! {
        figure.card.layout {
            figcaption { span.code { (layout.name) } }
            p.sub {
                (layout.language) " \u{b7} " (layout.size) " bytes, aligned to " (layout.align)
                @if layout.niche { " \u{b7} niche" }
            }
            div.memory {
                @for row in 0..rows.min(ROWS) {
                    @let start = row * 8;
                    div.offset { (start) }
                    div.bytes {
                        @for cell in cells(layout, start, (start + 8).min(layout.size)) {
                            (bytes(layout, &cell))
                        }
                    }
                }
            }
            @if rows > ROWS { p.sub { "and " (rows - ROWS) " rows more" } }
        }
    }
}

fn bytes(layout: &Layout, cell: &Cell<'_>) -> Markup {
    let class = match cell.field {
        Some((_, true)) => "field",
        Some((_, false)) => "field on",
        None => "padding",
    };
    let number = cell.field.and_then(|(field, _)| layout.fields.iter().position(|f| f == field));
    let tint = number.map_or_else(String::new, |number| format!(" f{}", number % 4));
    let told = match cell.field {
        Some((field, _)) => format!("{}: {} bytes at {}", field.name, field.size, field.offset),
        None => format!("{} bytes of padding", cell.bytes),
    };
    html! {
        span class={ (class) (tint) } style={ "grid-column:span " (cell.bytes) } title=(told) {
            @match cell.field {
                Some((field, true)) => (field.name),
                Some((_, false)) => "\u{2026}",
                None => "",
            }
        }
    }
}

/// What is in the bytes from `start` to `end`, which are at most eight.
fn cells(layout: &Layout, start: u64, end: u64) -> Vec<Cell<'_>> {
    let after = |field: &Field| field.offset.saturating_add(field.size);
    let mut cells = Vec::new();
    let mut at = start;
    while at < end {
        let here = layout.fields.iter().find(|field| field.offset <= at && at < after(field));
        let next = match here {
            Some(field) => after(field),
            None => {
                let starts = layout.fields.iter().map(|field| field.offset);
                starts.filter(|&start| start > at).min().unwrap_or(end)
            }
        };
        let next = next.min(end);
        cells.push(Cell { bytes: next - at, field: here.map(|field| (field, field.offset == at)) });
        at = next;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_full_whatever_the_fields_say() {
        let layout = Layout::of::<[u64; 3]>("A").field("tag", 0, 1).field("long", 4, 13);
        let shape = |start| -> Vec<(u64, Option<(String, bool)>)> {
            let cells = cells(&layout, start, start + 8).into_iter();
            let name = |(field, first): (&Field, bool)| (field.name.clone(), first);
            cells.map(|cell| (cell.bytes, cell.field.map(name))).collect()
        };
        let long = |first| Some(("long".to_owned(), first));
        assert_eq!(shape(0), [(1, Some(("tag".to_owned(), true))), (3, None), (4, long(true))]);
        assert_eq!(shape(8), [(8, long(false))]);
        assert_eq!(shape(16), [(1, long(false)), (7, None)]);
        let mut wild = Layout::of::<u64>("B").field("far", usize::MAX, usize::MAX);
        wild.fields[0].size = u64::MAX;
        assert_eq!(cells(&wild, 0, 8).len(), 1);
    }
}
