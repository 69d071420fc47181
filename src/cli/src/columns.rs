//! Tables on the terminal: aligned columns, and lines that fit.

use textwrap::core::display_width;

/// Columns between two columns of a table.
const GAP: usize = 2;

/// Heads and rows in aligned columns, indented by two: words to the left, numbers to the right.
///
/// Where a line would be wider than the terminal, the first `names` columns, which say what the others are about, stand on a
/// line of their own.
pub(super) fn aligned(heads: &[String], rows: &[Vec<String>], names: usize) -> String {
    laid_out(heads, rows, names, textwrap::termwidth())
}

fn laid_out(heads: &[String], rows: &[Vec<String>], names: usize, columns: usize) -> String {
    let lines: Vec<&[String]> = std::iter::once(heads).chain(rows.iter().map(Vec::as_slice)).collect();
    let width = |at: usize| lines.iter().filter_map(|line| line.get(at)).map(|cell| display_width(cell)).max();
    let widths: Vec<usize> = (0..heads.len()).map(|at| width(at).unwrap_or(0)).collect();
    let is_wide = GAP + widths.iter().map(|width| width + GAP).sum::<usize>() - GAP > columns;
    let is_number = |cell: &String| cell.chars().next().is_none_or(|first| !first.is_alphabetic());
    let are_numbers = |at: usize| at >= names && rows.iter().filter_map(|row| row.get(at)).all(is_number);
    let numeric: Vec<bool> = (0..heads.len()).map(are_numbers).collect();
    let mut out = String::new();
    for line in lines {
        let mut text = String::new();
        for (at, (cell, width)) in line.iter().zip(&widths).enumerate() {
            if is_wide && at == names {
                out += text.trim_end();
                out += "\n";
                text = " ".repeat(GAP);
            }
            let blank = " ".repeat(width - display_width(cell));
            text += &" ".repeat(GAP);
            text += &if !numeric[at] { format!("{cell}{blank}") } else { format!("{blank}{cell}") };
        }
        // A folded row without numbers ends with its names.
        if !text.trim().is_empty() {
            out += text.trim_end();
            out += "\n";
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_fold_where_the_terminal_is_narrow() {
        let words = |line: &[&str]| line.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
        let rows = [words(&["a long name", "12\u{a0}%", "inside"]), words(&["b", "\u{2212}1", "above"])];
        let wide = laid_out(&words(&["Name", "Seen", "Lies"]), &rows, 1, 80);
        assert_eq!(
            wide,
            "  Name         Seen  Lies\n  a long name  12\u{a0}%  inside\n  b              \u{2212}1  above\n"
        );
        let narrow = laid_out(&words(&["Name", "Seen", "Lies"]), &rows, 1, 20);
        assert_eq!(narrow.lines().nth(2), Some("  a long name"));
        assert_eq!(narrow.lines().nth(3), Some("    12\u{a0}%  inside"));
        let empty = laid_out(&words(&["Name", "Seen", "Lies"]), &[words(&["a very long name", "", ""])], 1, 20);
        assert_eq!(empty.lines().count(), 3, "{empty}");
        assert!(narrow.lines().all(|line| display_width(line) <= 20), "{narrow}");
    }
}
