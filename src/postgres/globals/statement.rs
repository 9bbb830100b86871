//! Takes a script of globals apart: statements, what each is about, and what has to be changed in it
//! for another server or another wish. Pure text.
//!
//! The script is ours or pg_dumpall's, perhaps with a user's changes: another folder for a
//! tablespace, a role less. Nothing but SQL is run: a backslash command other than `\restrict` and
//! `\unrestrict` with the same key is refused.

use crate::archive::script::lexer::{Command, Event, Lexer};
use crate::archive::script::tokens::{self, tokens};
use crate::error::{Error, ErrorKind, Result};
use crate::model::name::quote_always;

/// One statement, without its semicolon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) struct Statement {
    pub(in crate::postgres) sql: String,
    tokens: Vec<Token>,
}

/// A word, a name or a literal of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    /// Bytes of the statement.
    start: usize,
    end: usize,
    /// Whether it stands in quotes of some sort.
    quoted: bool,
    /// The name that it is, if it can be one.
    name: Option<String>,
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) enum About {
    /// Settings of the session that runs the script.
    Session,
    /// `CREATE ROLE`.
    NewRole(String),
    /// Attributes or settings of a role; of all roles where there is no name.
    Role(Option<String>),
    /// A membership: role and member.
    Membership(String, String),
    /// `CREATE TABLESPACE`.
    NewTablespace(String),
    /// Something else about a tablespace.
    Tablespace(String),
    /// Privileges on a parameter.
    Parameter(String),
    /// `DROP`.
    Drop,
    /// Not of the sort that such scripts have.
    Other,
}

/// Cuts a script into its statements; an unfinished one, and whatever is no SQL, are errors.
pub(in crate::postgres) fn split(script: &str) -> Result<Vec<Statement>> {
    let mut lexer = Lexer::new(true);
    lexer.feed(script.as_bytes());
    lexer.finish();
    let mut statements = Vec::new();
    while let Some(event) = lexer.next_event()? {
        match event {
            Event::End => break,
            Event::Statement(statement) if statement.rows_follow => {
                return Err(misplaced(statement.line, "a COPY"));
            }
            Event::Statement(statement) => {
                let sql = String::from_utf8_lossy(&statement.sql);
                statements.extend(Statement::new(&sql));
            }
            Event::Command { line, command: Command::Connect(_), .. } => {
                return Err(misplaced(line, "\\connect"));
            }
            Event::Comment { .. }
            | Event::Command { .. }
            | Event::Rows(_)
            | Event::RowsEnd { .. } => {}
        }
    }
    Ok(statements)
}

fn misplaced(line: u64, what: &str) -> Error {
    let text =
        format!("line {line} of the script: {what} has no place among roles and tablespaces");
    Error::new(ErrorKind::Archive, text)
        .with_hint("take it out, or run the script as it is: restore single -d postgres FILE")
}

impl Statement {
    /// Cuts one statement, without what stands around its words; nothing where it has none.
    fn new(text: &str) -> Option<Self> {
        let mut found = Vec::new();
        let mut at = 0;
        for token in tokens(text) {
            let (start, end) = (at, at + token.text().len());
            at = end;
            let quoted = match &token {
                tokens::Token::Word { quoted, .. } => *quoted,
                tokens::Token::Literal(_) | tokens::Token::Body(_) => true,
                tokens::Token::Sign(sign) if *sign == ";" => continue,
                tokens::Token::Sign(_) => false,
                tokens::Token::Blank(_) => continue,
            };
            found.push(Token { start, end, quoted, name: token.name().map(str::to_owned) });
        }
        let (from, to) = (found.first()?.start, found.last()?.end);
        for token in &mut found {
            token.start -= from;
            token.end -= from;
        }
        Some(Self { sql: text.get(from..to)?.to_owned(), tokens: found })
    }

    /// What it is about.
    pub(in crate::postgres) fn about(&self) -> About {
        let name = |at: usize| self.name(at).unwrap_or_default();
        let first: Vec<String> = (0..3).map(|at| self.keyword(at)).collect();
        let words: Vec<&str> = first.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["SET" | "RESET" | "SELECT", ..] => About::Session,
            ["CREATE", "ROLE" | "USER" | "GROUP", ..] => About::NewRole(name(2)),
            ["ALTER", "ROLE" | "USER" | "GROUP", "ALL"] => About::Role(None),
            ["ALTER", "ROLE" | "USER" | "GROUP", ..] => About::Role(Some(name(2))),
            ["CREATE", "TABLESPACE", ..] => About::NewTablespace(name(2)),
            ["ALTER", "TABLESPACE", ..] => About::Tablespace(name(2)),
            ["COMMENT", "ON", "ROLE"] => About::Role(Some(name(3))),
            ["COMMENT", "ON", "TABLESPACE"] => About::Tablespace(name(3)),
            ["SECURITY", "LABEL", ..] => self.after_on(),
            ["GRANT" | "REVOKE", ..] if self.find("ON").is_some() => self.after_on(),
            ["GRANT", ..] => About::Membership(name(1), name(3)),
            ["DROP", ..] => About::Drop,
            _ => About::Other,
        }
    }

    /// Of what follows `ON`.
    fn after_on(&self) -> About {
        let Some(on) = self.find("ON") else { return About::Other };
        let name = self.name(on + 2).unwrap_or_default();
        match self.keyword(on + 1).as_str() {
            "ROLE" => About::Role(Some(name)),
            "TABLESPACE" => About::Tablespace(name),
            "PARAMETER" => About::Parameter(name),
            _ => About::Other,
        }
    }

    /// Whether it grants or revokes something on an object.
    pub(in crate::postgres) fn is_privilege(&self) -> bool {
        matches!(self.keyword(0).as_str(), "GRANT" | "REVOKE") && self.find("ON").is_some()
    }

    /// Whether it is `COMMENT ON`.
    pub(in crate::postgres) fn is_comment(&self) -> bool {
        self.keyword(0) == "COMMENT"
    }

    /// Whether it is `SECURITY LABEL`.
    pub(in crate::postgres) fn is_label(&self) -> bool {
        self.keyword(0) == "SECURITY"
    }

    /// Whether it gives a role its attributes.
    pub(in crate::postgres) fn has_attributes(&self) -> bool {
        self.keyword(0) == "ALTER" && self.keyword(1) == "ROLE" && self.keyword(3) == "WITH"
    }

    /// The same without a password.
    pub(in crate::postgres) fn without_password(&self) -> String {
        let Some(at) = self.find("PASSWORD") else { return self.sql.clone() };
        let from = self.tokens.get(at.saturating_sub(1)).map_or(0, |token| token.end);
        let to = self.tokens.get(at + 1).map_or(self.sql.len(), |token| token.end);
        self.cut(from, to)
    }

    /// A membership as far as this server knows the options: those before 16 have no grantor that
    /// means anything, and one option.
    pub(in crate::postgres) fn for_server(&self, version: u32) -> String {
        if version >= 160_000 || !matches!(self.about(), About::Membership(..)) {
            return self.sql.clone();
        }
        let Some(last) = self.tokens.get(3) else { return self.sql.clone() };
        let admin = (4..self.tokens.len()).any(|at| {
            self.keyword(at) == "ADMIN"
                && matches!(self.keyword(at + 1).as_str(), "OPTION" | "TRUE")
        });
        let mut text = self.sql.get(..last.end).unwrap_or_default().to_owned();
        if admin {
            text.push_str(" WITH ADMIN OPTION");
        }
        text
    }

    /// A membership that is granted by whoever runs it; `None` where it is already.
    pub(in crate::postgres) fn without_grantor(&self) -> Option<String> {
        let at = self.find("GRANTED").filter(|_| matches!(self.about(), About::Membership(..)))?;
        let end = self.tokens.get(at.checked_sub(1)?)?.end;
        self.sql.get(..end).map(str::to_owned)
    }

    /// Whether the server would understand less of a membership than it says.
    pub(in crate::postgres) fn loses_options(&self, version: u32) -> bool {
        version < 160_000
            && matches!(self.about(), About::Membership(..))
            && (4..self.tokens.len()).any(|at| {
                self.keyword(at + 1) == "FALSE"
                    && matches!(self.keyword(at).as_str(), "INHERIT" | "SET")
            })
    }

    /// The statement with another name for a database, wherever it names this one.
    pub(in crate::postgres) fn rename_database(&self, from: &str, to: &str) -> String {
        let mut text = self.sql.clone();
        for at in (0..self.tokens.len()).rev() {
            if self.keyword(at) == "DATABASE"
                && self.name(at + 1).as_deref() == Some(from)
                && let Some(token) = self.tokens.get(at + 1)
            {
                text.replace_range(token.start..token.end, &quote_always(to));
            }
        }
        text
    }

    /// The unquoted word at a place, in capitals; empty where there is none.
    fn keyword(&self, at: usize) -> String {
        match self.tokens.get(at) {
            Some(Token { quoted: false, start, end, .. }) => {
                self.sql.get(*start..*end).unwrap_or_default().to_ascii_uppercase()
            }
            _ => String::new(),
        }
    }

    fn find(&self, word: &str) -> Option<usize> {
        (0..self.tokens.len()).find(|at| self.keyword(*at) == word)
    }

    /// The name at a place.
    fn name(&self, at: usize) -> Option<String> {
        self.tokens.get(at).and_then(|token| token.name.clone())
    }

    fn cut(&self, from: usize, to: usize) -> String {
        let part = |range: Option<&str>| range.unwrap_or_default().to_owned();
        part(self.sql.get(..from)) + &part(self.sql.get(to..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(sql: &str) -> Statement {
        let mut all = split(sql).unwrap();
        assert_eq!(all.len(), 1, "{sql}");
        all.remove(0)
    }

    #[test]
    fn every_statement_of_such_scripts_is_known() {
        let role = |name: &str| About::Role(Some(name.to_owned()));
        let space = |name: &str| About::Tablespace(name.to_owned());
        for (sql, about) in [
            ("SET client_encoding = 'UTF8';", About::Session),
            ("RESET SESSION AUTHORIZATION;", About::Session),
            ("CREATE ROLE \"Odd \"\"R;\";", About::NewRole("Odd \"R;".into())),
            ("ALTER ROLE app WITH NOSUPERUSER PASSWORD 'ON';", role("app")),
            ("ALTER ROLE App SET work_mem TO '1MB';", role("app")),
            ("ALTER ROLE ALL SET work_mem TO '1MB';", About::Role(None)),
            ("ALTER ROLE \"ALL\" SET work_mem TO '1MB';", role("ALL")),
            ("COMMENT ON ROLE app IS 'x';", role("app")),
            ("SECURITY LABEL FOR s ON ROLE app IS 'x';", role("app")),
            ("GRANT \"on\" TO b;", About::Membership("on".into(), "b".into())),
            ("GRANT a TO b WITH ADMIN OPTION;", About::Membership("a".into(), "b".into())),
            ("GRANT SET ON PARAMETER \"my.x\" TO PUBLIC;", About::Parameter("my.x".into())),
            ("CREATE TABLESPACE t OWNER o LOCATION '/x';", About::NewTablespace("t".into())),
            ("ALTER TABLESPACE t SET (a=1.1);", space("t")),
            ("REVOKE ALL ON TABLESPACE t FROM o;", space("t")),
            ("COMMENT ON TABLESPACE t IS 'it''s; \\';", space("t")),
            ("DROP ROLE x;", About::Drop),
            ("VACUUM;", About::Other),
        ] {
            assert_eq!(one(sql).about(), about, "{sql}");
        }
    }

    #[test]
    fn statements_end_at_semicolons_outside_of_everything() {
        let script = "-- a;\n\\restrict x\nSET a = ';';\n/* ; /* ; */ ; */ CREATE ROLE \"a;\"\"b\" -- ;\n;\n\
                      COMMENT ON ROLE a IS E'\\';\\\\';;\nSELECT $x$;$$;$x$;\n\\unrestrict x\n";
        let found: Vec<String> = split(script).unwrap().into_iter().map(|s| s.sql).collect();
        let expected = [
            "SET a = ';'",
            "CREATE ROLE \"a;\"\"b\"",
            "COMMENT ON ROLE a IS E'\\';\\\\'",
            "SELECT $x$;$$;$x$",
        ];
        assert_eq!(found, expected);
        assert!(split("").unwrap().is_empty());
    }

    #[test]
    fn what_is_not_finished_and_what_is_not_sql_is_refused() {
        for script in [
            "SET a = 'x;",
            "CREATE ROLE \"x;",
            "SELECT $a$;",
            "\\! ls\n",
            "\\i x",
            "\\connect x\n",
            "\\restrict a\n\\unrestrict b\n",
            "COPY t FROM stdin;\n1\n\\.\n",
        ] {
            assert!(split(script).is_err(), "{script}");
        }
    }

    #[test]
    fn a_password_is_taken_out_and_nothing_else() {
        let sql = "ALTER ROLE \"PASSWORD\" WITH LOGIN PASSWORD E'a\\\\''b' VALID UNTIL 'x';";
        let statement = one(sql);
        assert!(statement.has_attributes());
        assert_eq!(
            statement.without_password(),
            "ALTER ROLE \"PASSWORD\" WITH LOGIN VALID UNTIL 'x'"
        );
        let plain = "ALTER ROLE a WITH LOGIN";
        assert_eq!(one(&format!("{plain};")).without_password(), plain);
    }

    #[test]
    fn an_older_server_gets_memberships_as_it_knows_them() {
        for (sql, old, loses) in [
            ("GRANT a TO b WITH INHERIT TRUE GRANTED BY c", "GRANT a TO b", false),
            (
                "GRANT a TO b WITH ADMIN OPTION, INHERIT FALSE, SET FALSE GRANTED BY \"ADMIN\"",
                "GRANT a TO b WITH ADMIN OPTION",
                true,
            ),
            ("GRANT a TO b", "GRANT a TO b", false),
        ] {
            let statement = one(&format!("{sql};"));
            assert_eq!(statement.for_server(150_000), old);
            assert_eq!(statement.for_server(160_000), sql);
            assert_eq!(statement.loses_options(150_000), loses);
            assert!(!statement.loses_options(160_000));
        }
    }

    #[test]
    fn a_grantor_is_taken_off_a_membership_alone() {
        let sql = "GRANT a TO b WITH INHERIT TRUE GRANTED BY \"GRANTED\";";
        assert_eq!(one(sql).without_grantor().unwrap(), "GRANT a TO b WITH INHERIT TRUE");
        assert_eq!(one("GRANT a TO b;").without_grantor(), None);
        assert_eq!(one("GRANT ALL ON TABLESPACE t TO a GRANTED BY b;").without_grantor(), None);
    }

    #[test]
    fn a_database_is_renamed_only_where_it_is_the_database() {
        let sql = "ALTER ROLE shop IN DATABASE shop SET a TO 'DATABASE shop';";
        assert_eq!(
            one(sql).rename_database("shop", "n\"ew"),
            "ALTER ROLE shop IN DATABASE \"n\"\"ew\" SET a TO 'DATABASE shop'"
        );
    }
}
