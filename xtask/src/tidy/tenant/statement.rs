//! What can be read off the text of an SQL statement: its tables, and the columns that bind it.

/// How a statement begins; written apart so that this file is no finding.
const STARTS: [&str; 5] =
    [concat!("SEL", "ECT "), concat!("INS", "ERT "), concat!("UPD", "ATE "), concat!("DEL", "ETE FROM"), concat!("WI", "TH ")];

/// Whether a text is a statement.
pub(super) fn is_statement(text: &str) -> bool {
    let text = text.trim_start();
    STARTS.iter().any(|start| text.starts_with(start))
}

/// Words, names with their dots, placeholders in braces, and signs.
fn tokens(sql: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '{' => rest.find('}').map_or(rest.len(), |at| at + 1),
            '\'' => rest[1..].find('\'').map_or(rest.len(), |at| at + 2),
            c if is_name(c) => rest.find(|c: char| !is_name(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$')
}

fn is_table(token: &str) -> bool {
    token.starts_with('{') || token.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The tables a statement reads or writes; `{name}` where the name is put in. Names of sub-queries are left out.
pub(super) fn tables(sql: &str) -> Vec<String> {
    let tokens = tokens(sql);
    let at = |idx: usize| tokens.get(idx).copied().unwrap_or_default();
    let sub_queries: Vec<&str> = (0..tokens.len()).filter(|idx| at(idx + 1) == "AS" && at(idx + 2) == "(").map(at).collect();
    let mut found: Vec<String> = Vec::new();
    let mut add = |token: &str| {
        if is_table(token) && !sub_queries.contains(&token) && !found.iter().any(|known| known == token) {
            found.push(token.to_owned());
        }
    };
    for idx in 0..tokens.len() {
        match at(idx) {
            "JOIN" | "INTO" | "UPDATE" => add(at(idx + 1)),
            "FROM" if idx > 0 && at(idx - 1) == "DISTINCT" => {}
            "FROM" => {
                let mut next = idx + 1;
                loop {
                    // A function, such as `json_each(…)`, is no table.
                    if at(next + 1) != "(" {
                        add(at(next));
                    }
                    let has_alias = is_table(at(next + 1));
                    let comma = next + 1 + usize::from(has_alias);
                    if at(comma) != "," {
                        break;
                    }
                    next = comma + 1;
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a statement binds `column`: compares it with a value that the caller gives, or writes it into a new row.
pub(super) fn binds(sql: &str, column: &str) -> bool {
    let tokens = tokens(sql);
    let at = |idx: usize| tokens.get(idx).copied().unwrap_or_default();
    let is_it = |token: &str| token == column || token.rsplit_once('.').is_some_and(|(_, name)| name == column);
    let is_compared = (0..tokens.len()).filter(|idx| is_it(at(*idx))).any(|idx| match at(idx + 1) {
        "=" => at(idx + 2).starts_with(['$', '{']),
        "IN" => at(idx + 2) == "(" && at(idx + 3).starts_with(['$', '{']),
        _ => false,
    });
    is_compared || inserted(&tokens).any(is_it)
}

/// The columns of the rows that a statement adds.
fn inserted<'a>(tokens: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    let begins = tokens.iter().position(|token| *token == "INTO").map_or(tokens.len(), |at| at + 2);
    tokens.iter().skip(begins).copied().take_while(|token| *token != ")")
}

#[cfg(test)]
mod tests {
    use super::{binds, is_statement, tables};

    #[test]
    fn a_statement_is_known_by_its_first_word() {
        assert!(is_statement("\n  SELECT 1") && is_statement("WITH a AS (SELECT 1) SELECT 2") && is_statement("DELETE FROM x"));
        assert!(!is_statement("AND tenant_id = $1") && !is_statement("Selected"));
    }

    #[test]
    fn tables_are_found_wherever_they_stand() {
        let check = |sql: &str, expected: &[&str]| assert_eq!(tables(sql), expected, "{sql}");
        check("SELECT a FROM x, y z, w WHERE EXISTS (SELECT 1 FROM v JOIN u ON u.a = v.a)", &["x", "y", "w", "v", "u"]);
        check("INSERT INTO x (a) SELECT b FROM y WHERE c = 1 ON CONFLICT (a) DO UPDATE SET a = 1", &["x", "y"]);
        check("UPDATE x SET a = v.column1 FROM (VALUES ($1, $2)) v WHERE x.id = v.column2", &["x"]);
        check("DELETE FROM {table}", &["{table}"]);
        check("WITH best AS (SELECT a FROM x) SELECT a FROM best LEFT JOIN y ON 1 = 1", &["x", "y"]);
        check("SELECT j.value FROM x, json_each(x.list) j WHERE a IS DISTINCT FROM b", &["x"]);
        check("SELECT 'FROM z' FROM x", &["x"]);
    }

    #[test]
    fn a_column_is_bound_by_a_value_and_not_by_being_named() {
        let check = |sql: &str, expected: bool| assert_eq!(binds(sql, "tenant_id"), expected, "{sql}");
        check("SELECT a FROM x WHERE tenant_id = $1", true);
        check("SELECT a FROM x WHERE x.tenant_id IN ({list})", true);
        check("INSERT INTO x (a, tenant_id) VALUES ($1, $2)", true);
        check("INSERT INTO x (a) SELECT tenant_id FROM y", false);
        check("SELECT tenant_id FROM x", false);
        check("SELECT a FROM x JOIN y ON y.tenant_id = x.tenant_id", false);
        check("SELECT a FROM x WHERE actor_tenant_id = $1", false);
        check("SELECT a FROM x WHERE tenant_id <> $1", false);
        check("UPDATE x SET a = 1 WHERE id = $1", false);
    }
}
