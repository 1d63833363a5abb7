//! The string literals of a Rust file, by the function or constant they stand in.

/// A literal and the line it begins on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) line: usize,
    pub(super) text: String,
}

/// A function or constant with the literals in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) is_const: bool,
    pub(super) literals: Vec<Literal>,
}

/// The items of a file up to its unit tests. What stands before the first item belongs to one without a name.
pub(super) fn items(text: &str) -> Vec<Item> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut scanner =
        Scanner { rest: code, line: 1, items: vec![Item { name: String::new(), is_const: false, literals: vec![] }] };
    while !scanner.rest.is_empty() {
        scanner.step();
    }
    scanner.items
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    items: Vec<Item>,
}

impl<'a> Scanner<'a> {
    /// Moves over `n_bytes` and returns them.
    fn take(&mut self, n_bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(n_bytes.min(self.rest.len()));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Moves up to and over `end`, or to the end of the file; returns what stood before it.
    fn take_past(&mut self, end: &str) -> &'a str {
        let at = self.rest.find(end).unwrap_or(self.rest.len());
        let before = self.take(at);
        self.take(end.len());
        before
    }

    fn keep(&mut self, line: usize, text: String) {
        if let Some(item) = self.items.last_mut() {
            item.literals.push(Literal { line, text });
        }
    }

    fn step(&mut self) {
        let line = self.line;
        if self.rest.starts_with("//") {
            self.take_past("\n");
        } else if self.rest.starts_with("/*") {
            self.take_past("*/");
        } else if let Some(hashes) = raw_string(self.rest) {
            self.take(hashes + 2);
            let text = self.take_past(&format!("\"{}", "#".repeat(hashes))).to_owned();
            self.keep(line, text);
        } else if self.rest.starts_with('"') {
            self.take(1);
            let text = self.string();
            self.keep(line, text);
        } else if self.rest.starts_with('\'') {
            let length = char_literal(self.rest);
            self.take(length);
        } else if self.rest.starts_with(is_word) {
            let length = self.rest.find(|c: char| !is_word(c)).unwrap_or(self.rest.len());
            let word = self.take(length);
            self.word(word);
        } else {
            let length = self.rest.chars().next().map_or(1, char::len_utf8);
            self.take(length);
        }
    }

    /// The rest of a plain string; a backslash at the end of a line takes the white space after it along.
    fn string(&mut self) -> String {
        let mut text = String::new();
        loop {
            let at = self.rest.find(['"', '\\']).unwrap_or(self.rest.len());
            text.push_str(self.take(at));
            if !self.rest.starts_with('\\') {
                self.take(1);
                return text;
            }
            let escaped = self.rest.chars().nth(1);
            self.take(1 + escaped.map_or(0, char::len_utf8));
            match escaped {
                Some('\n') => {
                    let blank = self.rest.len() - self.rest.trim_start().len();
                    self.take(blank);
                }
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => return text,
            }
        }
    }

    /// A new item begins with `fn name` or `const NAME`.
    fn word(&mut self, word: &str) {
        if !matches!(word, "fn" | "const") || !self.rest.starts_with(' ') {
            return;
        }
        let name: String = self.rest[1..].chars().take_while(|c| is_word(*c)).collect();
        if !name.is_empty() && name != "fn" {
            self.items.push(Item { name, is_const: word == "const", literals: vec![] });
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The number of `#` of a raw string that begins here.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// The length of a character literal, or of the mark that begins a lifetime.
fn char_literal(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            text[2..].find('\'').filter(|at| *at > 0).or_else(|| text[3..].find('\'').map(|at| at + 1)).map_or(1, |at| at + 3)
        }
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::items;

    #[test]
    fn literals_are_read_as_the_compiler_reads_them_and_belong_to_their_item() {
        let text = "\
const A: &str = \"one \\\"two\\\"\";
// \"no\" /* \"no\"
fn f<'a>(x: &'a str) -> char {
    /* \"no\" */
    let quote = ['\"', '\\'', '\\\\'];
    run(\"SELECT \\
        1\", r#\"a \"b\" c\"#)
}
const fn g() { \"g\" }
#[cfg(test)]
mod tests { fn h() { \"h\" } }
";
        let found = items(text);
        let check = |name: &str, is_const: bool, literals: &[(usize, &str)]| {
            let item = found.iter().find(|item| item.name == name).unwrap();
            let seen: Vec<(usize, &str)> = item.literals.iter().map(|l| (l.line, l.text.as_str())).collect();
            assert_eq!((item.is_const, seen.as_slice()), (is_const, literals), "{name}");
        };
        check("A", true, &[(1, "one \"two\"")]);
        check("f", false, &[(6, "SELECT 1"), (7, "a \"b\" c")]);
        check("g", false, &[(9, "g")]);
        assert!(found.iter().all(|item| item.name != "h"));
    }
}
