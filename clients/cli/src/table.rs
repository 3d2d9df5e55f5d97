//! Aligned columns.

/// Columns of text under a header; the last column is not padded.
pub(crate) fn columns(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let header: Vec<String> = header.iter().map(|cell| (*cell).to_owned()).collect();
    let lines = std::iter::once(&header)
        .chain(rows)
        .map(|row| line(row, &widths));
    lines.collect::<Vec<_>>().join("\n")
}

/// `name  value` lines.
pub(crate) fn fields(pairs: &[(&str, String)]) -> String {
    let width = pairs
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let lines = pairs.iter().map(|(name, value)| {
        let pad = width.saturating_sub(name.chars().count());
        format!("{name}{}  {value}", " ".repeat(pad))
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
}
