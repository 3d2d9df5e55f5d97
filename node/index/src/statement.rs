//! Reads just enough of a statement's text to tell a query from anything else.
//!
//! The database is opened read-only, so this is the second lock on the door: it gives the clearer
//! answer, and it keeps out what a read-only connection would still run (ATTACH, PRAGMA, VACUUM INTO).

use crate::error::Error;
use crate::limits::STATEMENT_BYTES;

/// Checks that the text is one query.
///
/// # Errors
/// [`Error::StatementTooLong`], [`Error::Parameter`], [`Error::AppendOnly`], [`Error::NotAQuery`],
/// [`Error::ManyStatements`].
pub(crate) fn check(sql: &str) -> Result<(), Error> {
    if sql.len() > STATEMENT_BYTES {
        return Err(Error::StatementTooLong {
            bytes: sql.len(),
            limit: STATEMENT_BYTES,
        });
    }
    let mut words = Words { rest: sql };
    let mut first = words.next().unwrap_or_default();
    // Some pragmas act while they are compiled, so what EXPLAIN explains has to be a query as well.
    if is(first, "EXPLAIN") {
        first = words.next().unwrap_or_default();
        if is(first, "QUERY") {
            words.next();
            first = words.next().unwrap_or_default();
        }
    }
    if !QUERIES.iter().any(|word| is(first, word)) {
        return Err(refusal(first));
    }
    parameters(sql)?;
    match words.find(|word| *word == ";").and(words.next()) {
        None => Ok(()),
        Some(_) => Err(Error::ManyStatements),
    }
}

/// Refuses what SQLite reads otherwise than [`Words`]: `$a(…)` is one parameter to it, whatever the brackets hold, so
/// that a quote in there would hide the end of the statement; and its text ends at a NUL.
fn parameters(sql: &str) -> Result<(), Error> {
    if sql.contains('\0') {
        return Err(Error::Parameter { sign: '\0' });
    }
    let mut signs = Words { rest: sql }.filter_map(|word| word.chars().next());
    match signs.find(|sign| PARAMETERS.contains(sign)) {
        Some(sign) => Err(Error::Parameter { sign }),
        None => Ok(()),
    }
}

const PARAMETERS: [char; 5] = ['$', ':', '@', '#', '?'];
const QUERIES: [&str; 3] = ["SELECT", "WITH", "VALUES"];
const WRITES: [&str; 7] = [
    "DELETE", "UPDATE", "INSERT", "REPLACE", "DROP", "ALTER", "TRUNCATE",
];

fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

fn refusal(first: &str) -> Error {
    let statement = match first {
        "" => "an empty statement".into(),
        word => word.to_ascii_uppercase(),
    };
    if WRITES.iter().any(|word| is(first, word)) {
        Error::AppendOnly { statement }
    } else {
        Error::NotAQuery { statement }
    }
}

/// The words and signs of a statement; comments are passed over, quoted text is one word.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            self.rest = self.rest.trim_start();
            let text = self.rest;
            if let Some(comment) = text.strip_prefix("--") {
                self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
            } else if let Some(comment) = text.strip_prefix("/*") {
                self.rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
            } else {
                break;
            }
        }
        let text = self.rest;
        let length = match text.chars().next()? {
            quote @ ('\'' | '"' | '`') => quoted(text, quote),
            '[' => quoted(text, ']'),
            letter if is_word(letter) => text.find(|c| !is_word(c)).unwrap_or(text.len()),
            sign => sign.len_utf8(),
        };
        let (word, rest) = text.split_at(length);
        self.rest = rest;
        Some(word)
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

/// Length of the quoted text at the start, with both quotes. A doubled quote inside shows up as two
/// quoted texts side by side, which is the same to this reader.
fn quoted(text: &str, close: char) -> usize {
    text.char_indices()
        .skip(1)
        .find(|(_, letter)| *letter == close)
        .map_or(text.len(), |(at, letter)| {
            at.saturating_add(letter.len_utf8())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append_only(sql: &str) -> bool {
        matches!(check(sql), Err(Error::AppendOnly { .. }))
    }

    fn no_query(sql: &str) -> bool {
        matches!(check(sql), Err(Error::NotAQuery { .. }))
    }

    #[test]
    fn queries_pass_with_comments_quotes_and_a_closing_semicolon() {
        for sql in [
            "SELECT 1",
            "  select ';' ; -- done; really",
            "/* a; b */ VALUES (1)",
            "-- first\nWITH t AS (SELECT 1) SELECT * FROM t;",
            "EXPLAIN SELECT 1",
            "explain query plan select 1",
            "SELECT 'it''s; fine', \"a;b\", [c;d], `e;f`",
            "SELECT 1 ;  /* unterminated",
        ] {
            check(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }

    #[test]
    fn writes_are_refused_by_gate_11() {
        for sql in [
            "DELETE FROM audit_log WHERE action = 'admin_throttled_imvu'",
            "/* SELECT */ update blocks SET time = 0",
            "-- SELECT\nINSERT INTO blocks VALUES (1)",
            "REPLACE INTO blocks VALUES (1)",
            "DROP TABLE audit_log",
            "ALTER TABLE audit_log RENAME TO x",
            "EXPLAIN DELETE FROM audit_log",
        ] {
            assert!(append_only(sql), "{sql}");
            let error = check(sql).unwrap_err();
            assert_eq!(error.gate(), Some(nexus_types::Gate::AuditLogging));
            assert!(error.to_string().contains("append-only"), "{error}");
        }
    }

    #[test]
    fn everything_else_is_no_query() {
        for sql in [
            "",
            "  -- nothing",
            ";",
            "PRAGMA query_only = OFF",
            "EXPLAIN PRAGMA writable_schema = ON",
            "ATTACH 'x' AS y",
            "VACUUM INTO 'x'",
            "BEGIN",
            "\"SELECT\" 1",
            "CREATE TEMP TABLE t (a)",
        ] {
            assert!(no_query(sql), "{sql}");
        }
    }

    #[test]
    fn a_second_statement_is_refused_wherever_it_hides() {
        for sql in [
            "SELECT 1; DELETE FROM audit_log",
            "SELECT 1;;",
            "SELECT ';' ; PRAGMA query_only = OFF",
            "SELECT 1 /* ; */ ; ATTACH 'x' AS y",
        ] {
            assert!(matches!(check(sql), Err(Error::ManyStatements)), "{sql}");
        }
    }

    #[test]
    fn parameters_and_nul_are_refused() {
        for sql in [
            // To SQLite, all from the sign to the closing bracket is one parameter, a quote included.
            "SELECT $1('); PRAGMA hard_heap_limit = 1; --'",
            "SELECT :a('); DELETE FROM audit_log; --'",
            "SELECT @a",
            "SELECT #a",
            "SELECT ?1",
            "SELECT 1 \0",
            "SELECT '\0'",
        ] {
            let error = check(sql).unwrap_err();
            assert!(matches!(error, Error::Parameter { .. }), "{sql}: {error}");
        }
        check("SELECT a$b, '$1(', '?' FROM t -- :a").unwrap();
    }

    #[test]
    fn a_long_statement_is_refused_unread() {
        let sql = format!("SELECT '{}'", "x".repeat(STATEMENT_BYTES));
        assert!(matches!(check(&sql), Err(Error::StatementTooLong { .. })));
    }
}
