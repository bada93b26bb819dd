//! Tables for people that are also Markdown.

/// The lines of a table. Every row has as many cells as the header.
pub(crate) fn lines(header: &[&str], rows: Vec<Vec<String>>) -> Vec<String> {
    let mut all: Vec<Vec<String>> = vec![header.iter().map(|&cell| cell.to_owned()).collect()];
    all.extend(rows);
    let width = |column: usize| all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..header.len()).map(|column| width(column).unwrap_or_default().max(3)).collect();
    all.insert(1, widths.iter().map(|width| "-".repeat(*width)).collect());
    all.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}", width = *width));
            format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
        })
        .collect()
}

/// Prints it.
pub(crate) fn print(header: &[&str], rows: Vec<Vec<String>>) {
    for line in lines(header, rows) {
        println!("{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let rows = vec![vec!["receive".to_owned(), "1".to_owned()], vec!["–".to_owned(), "1234".to_owned()]];
        let expected = ["| what    | ms   |", "| ------- | ---- |", "| receive | 1    |", "| –       | 1234 |"];
        assert_eq!(lines(&["what", "ms"], rows), expected);
    }
}
