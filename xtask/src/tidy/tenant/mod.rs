//! Every SQL statement of an area carries the tenant, or the thing of a tenant that it is about (decision 0014).

mod exceptions;
mod items;
mod statement;
mod tables;

use std::path::Path;

use self::items::{Item, items};
use self::tables::Kept;
use super::Finding;
use super::tree::SourceFile;

/// Crates that know no tenants: the engines, the queue, and what tests and tools share.
const BELOW_TENANTS: [&str; 4] = ["adit-store", "adit-jobs", "adit-testing", "adit-conformance"];

/// Statements in a store file that bind neither.
pub(super) fn check(file: &SourceFile, text: &str) -> Vec<Finding> {
    let is_ours = file.crate_name().is_some_and(|name| !BELOW_TENANTS.contains(&name));
    if !is_ours || !is_store(&file.relative) {
        return Vec::new();
    }
    let path = file.relative.to_string_lossy().replace('\\', "/");
    let items = items(text);
    let (mut findings, mut in_need) = (Vec::new(), Vec::new());
    for item in items.iter().filter(|item| !item.is_const) {
        let breaches: Vec<(usize, String)> =
            statements(item, &items).into_iter().filter_map(|(line, sql)| Some((line, trouble(&sql)?))).collect();
        if !breaches.is_empty() && exceptions::reason(&path, &item.name).is_some() {
            in_need.push(item.name.as_str());
            continue;
        }
        findings.extend(breaches.into_iter().map(|(line, what)| Finding::new(&file.relative, line, what)));
    }
    let idle = exceptions::idle(&path, &in_need);
    findings.extend(
        idle.into_iter().map(|name| {
            Finding::new(&file.relative, 1, format!("`{name}` is excepted from binding a tenant and needs it no more"))
        }),
    );
    findings
}

/// Tables that a migration makes and that are kept otherwise than the list says.
pub(super) fn check_migration(file: &SourceFile, text: &str) -> Vec<Finding> {
    let made = tables::made(text).into_iter().filter_map(|(line, name, columns)| {
        let has_tenant = columns.iter().any(|column| column == "tenant_id");
        let what = match tables::kept(&name) {
            Some(_) if has_tenant => "has the column `tenant_id`: take it from the list, its statements bind the tenant",
            None if !has_tenant => "has no column `tenant_id`: say in `tidy/tenant/tables.rs` what its statements bind instead",
            Some(Kept::Below(keys)) if keys.iter().any(|key| !columns.iter().any(|column| column == key)) => {
                "lacks a column that its statements are said to bind"
            }
            _ => return None,
        };
        Some(Finding::new(&file.relative, line, format!("`{name}` {what}")))
    });
    made.collect()
}

fn is_store(path: &Path) -> bool {
    let is_named = |stem: &str| path.iter().any(|part| part.to_string_lossy().split('.').next() == Some(stem));
    is_named("src") && is_named("store") && !path.iter().any(|part| part.to_string_lossy().starts_with("tests"))
}

/// The statements of a function, with constants put in, and with the function's other pieces of SQL behind one that has
/// places for them.
fn statements(item: &Item, items: &[Item]) -> Vec<(usize, String)> {
    let filled: Vec<(usize, String)> = item.literals.iter().map(|literal| (literal.line, fill(&literal.text, items))).collect();
    let (whole, pieces): (Vec<_>, Vec<_>) = filled.into_iter().partition(|(_, text)| statement::is_statement(text));
    let pieces: Vec<String> = pieces.into_iter().map(|(_, text)| text).collect();
    let finish = |(line, sql): (usize, String)| {
        if sql.contains('{') { (line, format!("{sql} {}", pieces.join(" "))) } else { (line, sql) }
    };
    whole.into_iter().map(finish).collect()
}

/// Puts the constants of the file into a literal.
fn fill(text: &str, items: &[Item]) -> String {
    let mut text = text.to_owned();
    for constant in items.iter().filter(|item| item.is_const) {
        let value: Vec<&str> = constant.literals.iter().map(|literal| literal.text.as_str()).collect();
        text = text.replace(&format!("{{{}}}", constant.name), &value.join(" "));
    }
    text
}

/// What is wrong with a statement, if anything is.
fn trouble(sql: &str) -> Option<String> {
    if statement::binds(sql, "tenant_id") {
        return None;
    }
    let tables = statement::tables(sql);
    if let Some(own) = tables.iter().find(|table| tables::kept(table).is_none()) {
        return Some(format!("a statement on `{own}` binds no `tenant_id`"));
    }
    let kept: Vec<&Kept> = tables.iter().filter_map(|table| tables::kept(table)).collect();
    let mut keys: Vec<&str> = kept.iter().flat_map(|kept| kept.keys()).copied().collect();
    keys.sort_unstable();
    keys.dedup();
    let is_bound = keys.iter().any(|key| statement::binds(sql, key));
    let is_deployment = kept.iter().all(|kept| matches!(kept, Kept::Deployment));
    if is_bound || is_deployment {
        return None;
    }
    Some(format!("a statement on `{}` binds neither `tenant_id` nor one of `{}`", tables.join("`, `"), keys.join("`, `")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(file: &str, text: &str) -> Vec<usize> {
        check(&SourceFile::named(file), text).iter().map(|finding| finding.line).collect()
    }

    const STORE: &str = "crates/adit-x/src/y/store.rs";

    fn function(sql: &str) -> String {
        format!("fn f() {{ run(\"{sql}\") }}")
    }

    #[test]
    fn a_table_with_a_tenant_is_asked_by_tenant() {
        let check = |sql: &str, expected: &[usize]| assert_eq!(lines(STORE, &function(sql)), expected, "{sql}");
        check(concat!("SEL", "ECT id FROM projects WHERE name = $1"), &[1]);
        check(concat!("SEL", "ECT id FROM projects WHERE tenant_id = $1"), &[]);
        check(concat!("DEL", "ETE FROM unheard_of WHERE id = $1"), &[1]);
        check(concat!("UPD", "ATE labels SET name = $2 WHERE id = $1"), &[1]);
        check(concat!("UPD", "ATE labels SET name = $3 WHERE dataset_id = $1 AND id = $2"), &[]);
        check(concat!("SEL", "ECT 1 FROM labels l JOIN datasets d ON d.id = l.dataset_id WHERE l.dataset_id = $1"), &[1]);
        check(concat!("SEL", "ECT value FROM comment_positions"), &[]);
        check(concat!("DEL", "ETE FROM {table}"), &[1]);
    }

    #[test]
    fn constants_and_pieces_are_put_together_with_the_statement_they_belong_to() {
        let head = concat!("const HEAD: &str = \"SEL", "ECT id FROM projects\";\n");
        assert_eq!(lines(STORE, &format!("{head}fn f() {{ format!(\"{{HEAD}} WHERE name = $1\") }}")), [2]);
        assert!(lines(STORE, &format!("{head}fn f() {{ format!(\"{{HEAD}} WHERE tenant_id = $1\") }}")).is_empty());
        let open = concat!("format!(\"SEL", "ECT id FROM projects WHERE {condition}\")");
        assert!(lines(STORE, &format!("fn f() {{ let condition = \"tenant_id = $1\"; {open} }}")).is_empty());
        assert_eq!(lines(STORE, &format!("fn f() {{ let condition = \"name = $1\"; {open} }}")), [1]);
        // A piece belongs to no statement without a place for it, and to none of another function.
        let closed = concat!("run(\"SEL", "ECT id FROM projects\")");
        assert_eq!(lines(STORE, &format!("fn f() {{ let piece = \"tenant_id = $1\"; {closed} }}")), [1]);
        assert_eq!(lines(STORE, &format!("fn f() {{ {open} }}\nfn g() {{ \"tenant_id = $1\" }}")), [1]);
    }

    #[test]
    fn only_stores_of_areas_are_looked_at() {
        let text = function(concat!("SEL", "ECT id FROM projects"));
        assert_eq!(lines("crates/adit-x/src/store/page.rs", &text), [1]);
        for file in ["crates/adit-jobs/src/store.rs", "crates/adit-x/src/y/tests_store.rs", "crates/adit-x/src/tests/store.rs"] {
            assert!(lines(file, &text).is_empty(), "{file}");
        }
    }

    #[test]
    fn an_exception_holds_for_its_function_alone_and_must_be_needed() {
        let file = "crates/adit-corpus/src/sources/store.rs";
        let bad = concat!("{ run(\"SEL", "ECT id FROM sources WHERE id = $1\") }");
        let both = format!("fn all_source_ids() {bad}\nfn language_of() {bad}\n");
        assert!(lines(file, &both).is_empty());
        assert_eq!(lines(file, &format!("{both}fn other() {bad}")), [3]);
        assert_eq!(lines(file, &format!("fn all_source_ids() {bad}")), [1], "the other entry is idle");
        let root = crate::paths::root();
        for excepted in exceptions::files() {
            assert!(root.join("crates").join(excepted).is_file(), "{excepted}");
        }
    }

    #[test]
    fn a_new_table_is_decided_on() {
        let check = |sql: &str| check_migration(&SourceFile::named("crates/adit-x/migrations/1.sql"), sql).len();
        assert_eq!(check("CREATE TABLE fresh (\n    id BIGINT PRIMARY KEY,\n    tenant_id BIGINT NOT NULL\n);"), 0);
        assert_eq!(check("CREATE TABLE fresh (\n    id BIGINT PRIMARY KEY\n);"), 1);
        assert_eq!(check("CREATE TABLE labels (\n    dataset_id BIGINT NOT NULL\n);"), 0);
        assert_eq!(check("CREATE TABLE labels (\n    id BIGINT NOT NULL\n);"), 1);
        assert_eq!(check("CREATE TABLE labels (\n    dataset_id BIGINT NOT NULL,\n    tenant_id BIGINT NOT NULL\n);"), 1);
    }
}
