//! From access control lists to GRANT and REVOKE: the difference between what an object has and what
//! it gets by itself when it is made.

use super::quote::Quoter;

/// An object's access control lists, as `aclitem` texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::postgres) struct Privileges {
    /// What it has; `None` while nobody changed anything.
    pub(in crate::postgres) own: Option<Vec<String>>,
    /// What a new object of its kind and owner has.
    pub(in crate::postgres) default: Vec<String>,
    /// What it had when the cluster or its extension was made.
    pub(in crate::postgres) initial: Option<Vec<String>>,
}

impl Privileges {
    /// Whether somebody may have changed something.
    pub(super) fn is_set(&self) -> bool {
        self.own.is_some() || self.initial.is_some()
    }

    /// The list to reach and the list to start from; `None` where there is nothing to say.
    fn lists(&self) -> Option<(&[String], &[String])> {
        let base = self.initial.as_ref().unwrap_or(&self.default);
        match (&self.own, &self.initial) {
            (Some(own), _) => Some((own, base)),
            (None, Some(_)) => Some((&self.default, base)),
            (None, None) => None,
        }
    }
}

/// What is granted on.
#[derive(Debug, Clone, Copy)]
pub(in crate::postgres) struct Target<'a> {
    /// Stands before each command; for default privileges.
    pub(in crate::postgres) prefix: &'a str,
    /// `TABLE`, `FUNCTION`, `TABLES` …
    pub(in crate::postgres) kind: &'a str,
    /// The quoted, qualified name; empty for default privileges.
    pub(in crate::postgres) name: &'a str,
    /// The quoted column.
    pub(in crate::postgres) column: Option<&'a str>,
    /// The object's owner.
    pub(in crate::postgres) owner: &'a str,
}

/// One `aclitem`, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Item<'a> {
    grantee: String,
    rights: &'a str,
    grantor: String,
}

/// The commands that lead from the one list to the other; empty where none are needed.
pub(in crate::postgres) fn commands(
    quoter: &Quoter,
    target: Target<'_>,
    privileges: &Privileges,
) -> String {
    let Some((own, base)) = privileges.lists() else { return String::new() };
    difference(quoter, target, own, base)
}

/// As [`commands`], from the lists themselves.
pub(in crate::postgres) fn difference(
    quoter: &Quoter,
    target: Target<'_>,
    own: &[String],
    base: &[String],
) -> String {
    let (mut first, mut second) = (String::new(), String::new());
    for item in base.iter().filter(|item| !own.contains(item)).filter_map(|item| parse(item)) {
        first.push_str(&revoke(quoter, target, &item));
    }
    for item in own.iter().filter(|item| !base.contains(item)).filter_map(|item| parse(item)) {
        let owners = item.grantee == target.owner && item.grantor == target.owner;
        let text = if owners { &mut first } else { &mut second };
        text.push_str(&grant(quoter, target, &item));
    }
    first + &second
}

fn revoke(quoter: &Quoter, target: Target<'_>, item: &Item<'_>) -> String {
    let (plain, grantable) = rights(target, item.rights, false);
    debug_assert!(grantable.is_empty(), "a revoke takes the grant option along");
    if plain.is_empty() {
        return String::new();
    }
    let from = role(quoter, &item.grantee);
    format!("{}REVOKE {plain} ON {} FROM {from};\n", target.prefix, on(target))
}

fn grant(quoter: &Quoter, target: Target<'_>, item: &Item<'_>) -> String {
    let (plain, grantable) = rights(target, item.rights, true);
    let to = role(quoter, &item.grantee);
    let mut text = String::new();
    if !plain.is_empty() {
        push!(text, "{}GRANT {plain} ON {} TO {to};\n", target.prefix, on(target));
    }
    if !grantable.is_empty() {
        push!(
            text,
            "{}GRANT {grantable} ON {} TO {to} WITH GRANT OPTION;\n",
            target.prefix,
            on(target)
        );
    }
    if text.is_empty() || item.grantor.is_empty() || item.grantor == target.owner {
        return text;
    }
    format!(
        "SET SESSION AUTHORIZATION {};\n{text}RESET SESSION AUTHORIZATION;\n",
        quoter.ident(&item.grantor)
    )
}

fn on(target: Target<'_>) -> String {
    if target.name.is_empty() {
        target.kind.to_owned()
    } else {
        format!("{} {}", target.kind, target.name)
    }
}

fn role(quoter: &Quoter, name: &str) -> String {
    if name.is_empty() { "PUBLIC".to_owned() } else { quoter.ident(name) }
}

/// The rights without and with grant option, joined; `ALL` where they are all that the kind has.
/// Without `split` all are in the first.
fn rights(target: Target<'_>, letters: &str, split: bool) -> (String, String) {
    let (mut plain, mut grantable) = (Vec::new(), Vec::new());
    let known = known(target.kind, target.column.is_some());
    for &(letter, word) in known {
        let Some(at) = letters.find(letter) else { continue };
        let starred = letters.get(at + 1..).is_some_and(|rest| rest.starts_with('*'));
        if starred && split { grantable.push(word) } else { plain.push(word) }
    }
    let join = |words: Vec<&str>| {
        let all = words.len() == known.len() && !known.is_empty();
        let words = if all { vec!["ALL"] } else { words };
        let with_column = |word: &&str| match target.column {
            Some(column) => format!("{word}({column})"),
            None => (*word).to_owned(),
        };
        words.iter().map(with_column).collect::<Vec<_>>().join(",")
    };
    (join(plain), join(grantable))
}

/// Letters and words of a kind, in the order of printing.
fn known(kind: &str, column: bool) -> &'static [(char, &'static str)] {
    const TABLE: &[(char, &str)] = &[
        ('r', "SELECT"),
        ('a', "INSERT"),
        ('x', "REFERENCES"),
        ('d', "DELETE"),
        ('t', "TRIGGER"),
        ('D', "TRUNCATE"),
        ('m', "MAINTAIN"),
        ('w', "UPDATE"),
    ];
    const COLUMN: &[(char, &str)] =
        &[('r', "SELECT"), ('a', "INSERT"), ('x', "REFERENCES"), ('w', "UPDATE")];
    match kind {
        "TABLE" | "TABLES" if column => COLUMN,
        "TABLE" | "TABLES" => TABLE,
        "SEQUENCE" | "SEQUENCES" => &[('r', "SELECT"), ('U', "USAGE"), ('w', "UPDATE")],
        "FUNCTION" | "FUNCTIONS" | "PROCEDURE" => &[('X', "EXECUTE")],
        "SCHEMA" | "SCHEMAS" => &[('C', "CREATE"), ('U', "USAGE")],
        "DATABASE" => &[('C', "CREATE"), ('c', "CONNECT"), ('T', "TEMPORARY")],
        "LARGE OBJECT" | "LARGE OBJECTS" => &[('r', "SELECT"), ('w', "UPDATE")],
        "PARAMETER" => &[('s', "SET"), ('A', "ALTER SYSTEM")],
        "TABLESPACE" => &[('C', "CREATE")],
        // Types, languages, foreign servers and wrappers.
        _ => &[('U', "USAGE")],
    }
}

/// Takes `grantee=rights/grantor` apart; names are in double quotes where they hold odd characters.
fn parse(item: &str) -> Option<Item<'_>> {
    let (grantee, rest) = name(item)?;
    let (rights, rest) = rest.strip_prefix('=')?.split_once('/')?;
    let (grantor, _) = name(rest)?;
    Some(Item { grantee, rights, grantor })
}

/// A possibly quoted name at the beginning, and what follows it.
fn name(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find('=').unwrap_or(text.len());
        return Some((text.get(..end)?.to_owned(), text.get(end..)?));
    };
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&t| t.to_owned()).collect()
    }

    fn sql(kind: &str, column: Option<&str>, own: &[&str], base: &[&str]) -> String {
        let target = Target { prefix: "", kind, name: "s.t", column, owner: "own" };
        difference(&Quoter::default(), target, &items(own), &items(base))
    }

    #[test]
    fn an_unchanged_list_says_nothing() {
        assert_eq!(sql("TABLE", None, &["own=arwdDxt/own"], &["own=arwdDxt/own"]), "");
        let none = Privileges { own: None, default: items(&["own=U/own"]), initial: None };
        let target = Target { prefix: "", kind: "TYPE", name: "s.t", column: None, owner: "own" };
        assert_eq!(commands(&Quoter::default(), target, &none), "");
    }

    #[test]
    fn what_is_gone_is_revoked_before_what_is_new_is_granted() {
        assert_eq!(
            sql("FUNCTION", None, &["own=X/own", "r=X/own"], &["=X/own", "own=X/own"]),
            "REVOKE ALL ON FUNCTION s.t FROM PUBLIC;\nGRANT ALL ON FUNCTION s.t TO r;\n"
        );
    }

    #[test]
    fn the_owners_reduced_rights_come_before_those_of_others() {
        assert_eq!(
            sql("TABLE", None, &["r=r/own", "own=ra/own"], &["own=arwdDxtm/own"]),
            "REVOKE ALL ON TABLE s.t FROM own;\nGRANT SELECT,INSERT ON TABLE s.t TO own;\n\
             GRANT SELECT ON TABLE s.t TO r;\n"
        );
    }

    #[test]
    fn grant_options_go_into_a_second_command() {
        assert_eq!(
            sql("SEQUENCE", None, &["r=r*wU/own"], &[]),
            "GRANT USAGE,UPDATE ON SEQUENCE s.t TO r;\n\
             GRANT SELECT ON SEQUENCE s.t TO r WITH GRANT OPTION;\n"
        );
    }

    #[test]
    fn another_grantor_is_impersonated() {
        assert_eq!(
            sql("SCHEMA", None, &["\"Odd \"\"R\"=UC/boss"], &[]),
            "SET SESSION AUTHORIZATION boss;\nGRANT ALL ON SCHEMA s.t TO \"Odd \"\"R\";\n\
             RESET SESSION AUTHORIZATION;\n"
        );
    }

    #[test]
    fn columns_are_named_with_each_right() {
        assert_eq!(
            sql("TABLE", Some("c"), &["r=rw/own", "=arwx/own"], &[]),
            "GRANT SELECT(c),UPDATE(c) ON TABLE s.t TO r;\nGRANT ALL(c) ON TABLE s.t TO PUBLIC;\n"
        );
    }
}
