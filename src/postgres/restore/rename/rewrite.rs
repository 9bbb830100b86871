//! Rewrites the text of one definition.

use crate::model::name::{QualifiedName, quote_always};

use super::Renames;
use crate::archive::script::tokens::{Token, tokens};

/// The texts of one entry.
pub(super) struct Text<'a> {
    pub(super) renames: &'a Renames,
    /// Its kind.
    pub(super) desc: &'a str,
}

/// A text under way.
struct Work<'t> {
    tokens: Vec<Token<'t>>,
    /// Positions of tokens that are no blanks.
    solid: Vec<usize>,
    /// New texts of tokens.
    new: Vec<Option<String>>,
    mentions: bool,
}

impl Text<'_> {
    /// The text with new names, and whether it still mentions an old one.
    pub(super) fn rewrite(&self, text: &str) -> (String, bool) {
        let tokens = tokens(text);
        let is_solid = |token: &Token<'_>| !matches!(token, Token::Blank(_));
        let solid = (0..tokens.len()).filter(|at| tokens.get(*at).is_some_and(is_solid)).collect();
        let new = vec![None; tokens.len()];
        let mut work = Work { tokens, solid, new, mentions: false };
        for place in 0..work.solid.len() {
            self.token(&mut work, place);
        }
        let written = work.tokens.iter().zip(&work.new);
        let text = written.map(|(token, new)| new.as_deref().unwrap_or(token.text())).collect();
        (text, work.mentions)
    }

    fn token(&self, work: &mut Work<'_>, place: usize) {
        match work.at(place).cloned() {
            Some(Token::Word { name, .. }) => self.word(work, place, &name),
            Some(Token::Literal(literal)) => self.literal(work, place, literal),
            Some(Token::Body(body)) => work.mentions |= self.mentions(body),
            _ => {}
        }
    }

    fn word(&self, work: &mut Work<'_>, place: usize, name: &str) {
        if place > 0 && work.is_sign(place - 1, ".") {
            return;
        }
        let renamed_schema = self.renames.schemas.get(name);
        if place > 0
            && work.at(place - 1).is_some_and(|token| token.is_keyword("SCHEMA"))
            && let Some(to) = renamed_schema
        {
            work.replace(place, quote_always(to));
            return;
        }
        if !work.is_sign(place + 1, ".") {
            return;
        }
        let Some(next) = work.at(place + 2).and_then(Token::name).map(str::to_owned) else {
            // An operator behind its schema.
            if let Some(to) = renamed_schema {
                work.replace(place, quote_always(to));
            }
            return;
        };
        let qualified = QualifiedName::new(name, next);
        if let Some(to) = renamed_schema {
            if self.renames.known.contains(&qualified) || !work.uses_otherwise(name) {
                work.replace(place, quote_always(to));
            } else {
                work.mentions = true;
            }
        }
        if let Some(to) = self.renames.tables.get(&qualified) {
            let alias = self.alias(work, place, &qualified.name);
            work.replace(place + 2, quote_always(to) + &alias);
        } else if self.renames.tables.keys().any(|table| table.name == name) && !self.is_query() {
            // A column of the table, or of another of that name.
            work.mentions |= !self.renames.known.contains(&qualified);
        }
    }

    fn is_query(&self) -> bool {
        matches!(self.desc, "VIEW" | "MATERIALIZED VIEW" | "RULE")
    }

    /// A query calls the table's columns by its old name: it keeps that as an alias.
    fn alias(&self, work: &Work<'_>, place: usize, name: &str) -> String {
        const BEFORE: [&str; 3] = ["FROM", "JOIN", "ONLY"];
        const AFTER: [&str; 22] = [
            "WHERE",
            "JOIN",
            "LEFT",
            "RIGHT",
            "FULL",
            "CROSS",
            "INNER",
            "NATURAL",
            "GROUP",
            "ORDER",
            "HAVING",
            "LIMIT",
            "OFFSET",
            "UNION",
            "INTERSECT",
            "EXCEPT",
            "ON",
            "USING",
            "FOR",
            "WINDOW",
            "FETCH",
            "TABLESAMPLE",
        ];
        let before = place.checked_sub(1).and_then(|before| work.at(before));
        let is_source = before.is_some_and(|token| {
            BEFORE.iter().any(|word| token.is_keyword(word))
                || token.is_sign("(")
                || token.is_sign(",")
        });
        let has_alias = work.at(place + 3).is_some_and(|token| {
            token.name().is_some() && !AFTER.iter().any(|word| token.is_keyword(word))
        });
        if self.is_query() && is_source && !has_alias {
            format!(" {}", quote_always(name))
        } else {
            String::new()
        }
    }

    /// A literal is a name where it is cast to one of an object, and in the value of a sequence.
    fn literal(&self, work: &mut Work<'_>, place: usize, literal: &str) {
        let is_cast = work.is_sign(place + 1, ":") && work.is_sign(place + 2, ":");
        let type_name = work.at(place + 3).and_then(Token::name);
        // The type may stand behind pg_catalog.
        let type_name = match type_name {
            Some("pg_catalog") => work.at(place + 5).and_then(Token::name),
            other => other,
        };
        let is_name = is_cast && type_name.is_some_and(|name| name.starts_with("reg"));
        let is_first =
            || !(0..place).any(|before| matches!(work.at(before), Some(Token::Literal(_))));
        let is_value = self.desc == "SEQUENCE SET" && is_first();
        if !is_name && !is_value {
            work.mentions |= self.desc != "COMMENT" && self.mentions(literal);
            return;
        }
        let inner = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        let Some(inner) = inner else {
            work.mentions |= self.mentions(literal);
            return;
        };
        let (new, mentions) = self.rewrite(&inner.replace("''", "'"));
        work.mentions |= mentions;
        work.replace(place, format!("'{}'", new.replace('\'', "''")));
    }

    /// Whether a text has an old name, qualified.
    fn mentions(&self, text: &str) -> bool {
        let inner = text.trim_matches(['$', '\'']);
        let list = tokens(inner);
        let words: Vec<&Token<'_>> =
            list.iter().filter(|token| !matches!(token, Token::Blank(_))).collect();
        let renames = self.renames;
        let is_table = |name: &str| renames.tables.keys().any(|table| table.name == name);
        let of_words = words.iter().enumerate().any(|(at, token)| {
            let Some(name) = token.name() else { return false };
            let qualifies = words.get(at + 1).is_some_and(|next| next.is_sign("."));
            (qualifies && renames.schemas.contains_key(name)) || is_table(name)
        });
        // A body has literals and bodies of its own.
        of_words
            || words.iter().any(|token| match token {
                Token::Literal(inner) | Token::Body(inner) => {
                    inner.len() + 2 <= text.len() && self.mentions(inner)
                }
                _ => false,
            })
    }
}

impl<'t> Work<'t> {
    /// The token at a place among those that are no blanks.
    fn at(&self, place: usize) -> Option<&Token<'t>> {
        self.tokens.get(*self.solid.get(place)?)
    }

    fn is_sign(&self, place: usize, sign: &str) -> bool {
        self.at(place).is_some_and(|token| token.is_sign(sign))
    }

    fn replace(&mut self, place: usize, text: String) {
        if let Some(new) = self.solid.get(place).and_then(|at| self.new.get_mut(*at)) {
            *new = Some(text);
        }
    }

    /// Whether the name stands anywhere else than before a dot or after the word SCHEMA: then it may
    /// be that of a table, and what follows its dot a column.
    fn uses_otherwise(&self, name: &str) -> bool {
        (0..self.solid.len()).any(|place| {
            let after_schema =
                place > 0 && self.at(place - 1).is_some_and(|token| token.is_keyword("SCHEMA"));
            self.at(place).and_then(Token::name) == Some(name)
                && !self.is_sign(place + 1, ".")
                && !after_schema
        })
    }
}
