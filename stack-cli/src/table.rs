//! Rows of text in columns.

/// The rows, a line each: numbers to the right with their unit one space after, everything else to
/// the left.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for row in rows {
        let start = out.len();
        let mut gap = "";
        for (cell, width) in row.iter().zip(widths) {
            out.push_str(gap);
            let padding = " ".repeat(width - cell.chars().count());
            if is_number(cell) {
                out.push_str(&padding);
                out.push_str(cell);
                gap = " ";
            } else {
                out.push_str(cell);
                out.push_str(&padding);
                gap = "  ";
            }
        }
        out.truncate(start + out[start..].trim_end().len());
        out.push('\n');
    }
    out
}

fn is_number(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn numbers_stand_right_with_their_unit_and_nothing_trails() {
        let rows = [
            ["Base", "7", "resources", "new"],
            ["ShopDev", "12", "resources", ""],
        ];
        let rows = rows.map(|it| it.map(str::to_owned));
        assert_eq!(
            columns(&rows),
            "Base      7 resources  new\nShopDev  12 resources\n"
        );
    }
}
