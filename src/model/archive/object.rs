//! What an entry of an archive is: which sort of object, and how people call it.

/// An entry, reduced to what tells what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<'a> {
    /// The dump id.
    pub id: u32,
    /// Type keyword, such as "TABLE DATA".
    pub desc: &'a str,
    /// Schema, empty where there is none.
    pub namespace: &'a str,
    /// Name or composite label.
    pub tag: &'a str,
    /// Dump ids it needs.
    pub dependencies: &'a [u32],
}

impl Object<'_> {
    /// Whether the entry makes a relation that others are built on.
    #[must_use]
    pub fn is_relation(&self) -> bool {
        matches!(self.desc, "TABLE" | "FOREIGN TABLE" | "VIEW" | "MATERIALIZED VIEW")
    }

    /// Whether the entry hangs on another object instead of being one.
    #[must_use]
    pub fn is_label(&self) -> bool {
        matches!(self.desc, "ACL" | "COMMENT" | "SECURITY LABEL")
    }

    /// Whether the entry only tells how to read the others.
    #[must_use]
    pub fn is_special(&self) -> bool {
        matches!(self.desc, "ENCODING" | "STDSTRINGS" | "SEARCHPATH")
    }

    /// Whether the entry speaks of the database itself.
    #[must_use]
    pub fn is_of_database(&self) -> bool {
        matches!(self.desc, "DATABASE" | "DATABASE PROPERTIES")
            || (self.is_label() && self.tag.starts_with("DATABASE "))
    }

    /// Whether the tag is made of the table's name and the object's own.
    #[must_use]
    pub fn has_compound_tag(&self) -> bool {
        matches!(
            self.desc,
            "CONSTRAINT"
                | "CHECK CONSTRAINT"
                | "FK CONSTRAINT"
                | "DEFAULT"
                | "TRIGGER"
                | "RULE"
                | "POLICY"
        )
    }

    /// The object's own name in a compound tag, when the table's name is `relation`.
    #[must_use]
    pub fn own_name(&self, relation: &str) -> Option<&str> {
        self.tag.strip_prefix(relation)?.strip_prefix(' ')
    }

    /// The entry as people call it: "FK CONSTRAINT orders_customer_fkey on public.orders".
    #[must_use]
    pub fn label(&self) -> String {
        let Self { desc, tag, namespace, .. } = *self;
        if self.is_label() {
            return match namespace {
                "" => format!("{desc} of {tag}"),
                schema => format!("{desc} of {tag} in {schema}"),
            };
        }
        let schema = if namespace.is_empty() { String::new() } else { format!("{namespace}.") };
        // A name with a blank in it leaves open where the table's name ends.
        match tag.split_once(' ') {
            Some((table, own)) if self.has_compound_tag() && !own.contains(' ') => {
                format!("{desc} {own} on {schema}{table}")
            }
            _ => format!("{desc} {schema}{tag}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_name_kind_object_and_table() {
        for (desc, namespace, tag, expected) in [
            ("TABLE", "public", "orders", "TABLE public.orders"),
            ("SCHEMA", "", "shop", "SCHEMA shop"),
            ("FK CONSTRAINT", "s", "orders o_fkey", "FK CONSTRAINT o_fkey on s.orders"),
            ("TRIGGER", "s", "Odd Names t", "TRIGGER s.Odd Names t"),
            ("ACL", "s", "TABLE orders", "ACL of TABLE orders in s"),
            ("COMMENT", "", "EXTENSION x", "COMMENT of EXTENSION x"),
        ] {
            let object = Object { id: 1, desc, namespace, tag, dependencies: &[] };
            assert_eq!(object.label(), expected);
        }
    }
}
