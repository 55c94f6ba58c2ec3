//! Tables as text (RFC 4180) that no spreadsheet takes for formulas.

/// Writes one line; every cell in quotes.
pub fn line<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push('"');
        if is_formula(cell) {
            out.push('\'');
        }
        for c in cell.chars() {
            if c == '"' {
                out.push('"');
            }
            out.push(c);
        }
        out.push('"');
    }
    out.push_str("\r\n");
}

/// What a spreadsheet would run or cut instead of showing it: `=`, `+`, `-`, `@`, also full-width, also behind
/// blanks, and whatever begins with a tab or a line break.
fn is_formula(cell: &str) -> bool {
    let blank = cell.starts_with(['\t', '\r', '\n']);
    blank || cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_leaves_its_quotes() {
        let mut out = String::new();
        line(&mut out, ["a", "say \"hi\", all", "", "two\nlines", "a=b", "윤"]);
        assert_eq!(out, "\"a\",\"say \"\"hi\"\", all\",\"\",\"two\nlines\",\"a=b\",\"윤\"\r\n");
        for cell in ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\nx", "  =1", "\u{a0}=1", "＝1"]
        {
            let mut out = String::new();
            line(&mut out, [cell]);
            assert!(out.starts_with("\"'"), "{out}");
        }
    }
}
