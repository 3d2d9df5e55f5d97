//! Aligned columns.

use crate::text::plain;

/// Columns of text under a header, all shown as [`plain`] text; the last column is not padded.
pub(crate) fn columns(header: &[&str], rows: &[Vec<String>]) -> String {
    let cells = |row: &Vec<String>| row.iter().map(|cell| plain(cell)).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let header: Vec<String> = header.iter().map(|cell| plain(cell)).collect();
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let lines = std::iter::once(&header)
        .chain(&rows)
        .map(|row| line(row, &widths));
    lines.collect::<Vec<_>>().join("\n")
}

/// `name  value` lines; values are shown as [`plain`] text.
pub(crate) fn fields(pairs: &[(&str, String)]) -> String {
    let width = pairs
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let lines = pairs.iter().map(|(name, value)| {
        let pad = width.saturating_sub(name.chars().count());
        format!("{name}{}  {}", " ".repeat(pad), plain(value))
            .trim_end()
            .to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        line.push_str(cell);
        let pad = width.saturating_sub(cell.chars().count()).saturating_add(2);
        line.push_str(&" ".repeat(pad));
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = vec![
            vec![
                String::from("a"),
                String::from("long cell"),
                String::from("x"),
            ],
            vec![String::from("wide"), String::from("é"), String::new()],
        ];
        let shown = columns(&["ONE", "TWO", "THREE"], &rows);
        assert_eq!(shown, "ONE   TWO        THREE\na     long cell  x\nwide  é");
        let shown = fields(&[("id", String::from("7")), ("name", String::from("x"))]);
        assert_eq!(shown, "id    7\nname  x");
    }

    #[test]
    fn a_stranger_s_cell_stays_one_line_of_plain_text() {
        let cell = String::from("x\nverified\u{1b}[1A");
        let spelled = "x\\u000averified\\u001b[1A";
        let shown = columns(&["A"], &[vec![cell.clone()]]);
        assert_eq!(shown, format!("A\n{spelled}"));
        assert_eq!(fields(&[("a", cell)]), format!("a  {spelled}"));
    }
}
