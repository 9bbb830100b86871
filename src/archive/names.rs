//! Reads object names out of the SQL of an archive, where no field has them.

use crate::model::name::QualifiedName;

/// The name that follows a keyword: `REFERENCES shop."Orders"(id)` gives `shop.Orders`. `None` when
/// the keyword is not there or no qualified name follows it.
pub fn name_after(sql: &str, keyword: &str) -> Option<QualifiedName> {
    qualified_after(sql, keyword).map(|(name, _)| name)
}

/// The same, and what follows the name.
pub fn qualified_after<'a>(sql: &'a str, keyword: &str) -> Option<(QualifiedName, &'a str)> {
    let at = sql.find(keyword)?;
    let rest = sql.get(at + keyword.len()..)?.trim_start();
    let (schema, rest) = identifier(rest)?;
    let (name, rest) = identifier(rest.strip_prefix('.')?)?;
    Some((QualifiedName { schema, name }, rest))
}

/// The names in parentheses at the beginning; none where there are no parentheses.
pub fn list(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text.strip_prefix('(').unwrap_or_default();
    while let Some((name, after)) = identifier(rest) {
        names.push(name);
        rest = after.strip_prefix(", ").unwrap_or_default();
    }
    names
}

/// One identifier, quoted or bare, and what follows it.
pub fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        return (!name.is_empty()).then(|| (name.to_owned(), rest));
    };
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        let Some(after) = after.strip_prefix('"') else { return Some((name, after)) };
        name.push('"');
        rest = after;
    }
}

/// Replaces the name after every `keyword` that stands outside quotes, when it is `from`.
pub fn rename_after(sql: &str, keyword: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(keyword)
            && let Some((name, tail)) = identifier(after)
            && name == from
        {
            out.push_str(keyword);
            out.push_str(to);
            rest = tail;
            continue;
        }
        let quoted = if matches!(c, '\'' | '"') { quoted_length(rest, c) } else { c.len_utf8() };
        let (piece, tail) = rest.split_at(quoted);
        out.push_str(piece);
        rest = tail;
    }
    out
}

/// Bytes of the quoted text at the beginning, its quotes included.
fn quoted_length(text: &str, quote: char) -> usize {
    let inner = text.get(1..).unwrap_or_default();
    inner.find(quote).map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_quoted_and_bare() {
        let found = |sql| name_after(sql, "REFERENCES ").map(|name| (name.schema, name.name));
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(found("… REFERENCES shop.orders(id);"), pair("shop", "orders"));
        assert_eq!(found("REFERENCES \"a.b\".\"c\"\"d\"(id)"), pair("a.b", "c\"d"));
        assert_eq!(found("REFERENCES \"Öl\".größe (id)"), pair("Öl", "größe"));
        assert_eq!(found("REFERENCES orders(id)"), None);
        assert_eq!(found("REFERENCES \"orders"), None);
        assert_eq!(found("CHECK (true)"), None);
    }

    #[test]
    fn a_database_is_renamed_outside_quotes_only() {
        let sql = "COMMENT ON DATABASE shop IS 'DATABASE shop is ''DATABASE shop''';\n\
                   ALTER ROLE \"DATABASE shop\" IN DATABASE shop SET a TO 1;\n\
                   GRANT ALL ON DATABASE shop2 TO x;";
        let expected = "COMMENT ON DATABASE \"new\" IS 'DATABASE shop is ''DATABASE shop''';\n\
                   ALTER ROLE \"DATABASE shop\" IN DATABASE \"new\" SET a TO 1;\n\
                   GRANT ALL ON DATABASE shop2 TO x;";
        assert_eq!(rename_after(sql, "DATABASE ", "shop", "\"new\""), expected);
    }
}
