//! Puts rows of a new run into the tables of a page, so that one study can be measured again by itself.

/// The page with every study of `fresh` in the place of the one of that name, in the table with the same head.
/// A study that the table lacks is added to its end, a table that the page lacks to the end of the page.
pub(super) fn merged(page: &str, fresh: &str) -> String {
    let mut lines: Vec<String> = page.trim_end().lines().map(str::to_owned).collect();
    for table in tables(fresh) {
        match lines.iter().position(|line| *line == table.head[0]) {
            Some(at) => table.studies.iter().for_each(|study| put(&mut lines, at, study)),
            None => {
                lines.push(String::new());
                lines.extend(table.head.iter().chain(table.studies.iter().flatten()).cloned());
            }
        }
    }
    lines.join("\n") + "\n"
}

/// A table: its two lines of head, and the lines of each study.
struct Table {
    head: Vec<String>,
    studies: Vec<Vec<String>>,
}

fn tables(text: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        if !line.starts_with('|') {
            is_inside = false;
            continue;
        }
        match tables.last_mut().filter(|_| is_inside) {
            None => tables.push(Table { head: vec![line.to_owned()], studies: Vec::new() }),
            Some(table) if table.head.len() < 2 => table.head.push(line.to_owned()),
            Some(table) => match table.studies.last_mut().filter(|_| name(line).is_empty()) {
                Some(study) => study.push(line.to_owned()),
                None => table.studies.push(vec![line.to_owned()]),
            },
        }
        is_inside = true;
    }
    tables.retain(|table| !table.studies.is_empty());
    tables
}

/// Puts a study into the table that begins at a line.
fn put(lines: &mut Vec<String>, head: usize, study: &[String]) {
    let first = head + 2;
    let end = (first..lines.len()).find(|at| !lines[*at].starts_with('|')).unwrap_or(lines.len());
    let start = (first..end).find(|at| name(&lines[*at]) == name(&study[0])).unwrap_or(end);
    let is_next = |at: &usize| *at > start && !name(&lines[*at]).is_empty();
    let stop = (start..end).find(is_next).unwrap_or(end);
    lines.splice(start..stop, study.iter().cloned());
}

/// The first cell of a row.
fn name(line: &str) -> &str {
    line.split('|').nth(1).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::merged;

    const PAGE: &str =
        "# Page\n\n| Study | X |\n|---|--:|\n| a | 1 |\n|  | 2 |\n| b | 3 |\n\n| Study | Y |\n|---|--:|\n| a | 4 |\n";

    #[test]
    fn a_study_is_replaced_by_name_in_its_own_table() {
        let fresh =
            "Encoder: x.\n\n| Study | X |\n|---|--:|\n| a | 10 |\n|  | 20 |\n|  | 30 |\n\n| Study | Y |\n|---|--:|\n| a | 40 |\n";
        let page = merged(PAGE, fresh);
        let expected = PAGE.replace("| a | 1 |\n|  | 2 |", "| a | 10 |\n|  | 20 |\n|  | 30 |").replace("| a | 4 |", "| a | 40 |");
        assert_eq!(page, expected);
        assert_eq!(merged(&page, fresh), page, "twice is once");
    }

    #[test]
    fn what_is_new_comes_last() {
        let fresh = "| Study | X |\n|---|--:|\n| c | 5 |\n\n| Other | Z |\n|---|--:|\n| d | 6 |\n\n| Study | Y |\n|---|--:|\n";
        let page = merged(PAGE, fresh);
        assert!(page.contains("| b | 3 |\n| c | 5 |\n\n| Study | Y |"), "{page}");
        assert!(page.ends_with("| a | 4 |\n\n| Other | Z |\n|---|--:|\n| d | 6 |\n"), "{page}");
    }
}
