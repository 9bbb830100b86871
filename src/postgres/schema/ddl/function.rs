//! Functions, procedures and aggregates.

use super::{Definition, Printer};
use crate::model::name::quote_literal;
use crate::model::spec::Section::{PostData, PreData};
use crate::postgres::schema::body::{Aggregate, Function};
use crate::postgres::schema::graph::Object;
use crate::postgres::schema::quote::dollar_quote;

impl Printer<'_> {
    pub(super) fn function(&self, object: &Object, body: &Function) -> Definition {
        let keyword = keyword(body.kind);
        let name = self.ident(&object.name);
        let schema = self.ident(object.schema());
        let signature = format!("{schema}.{name}({})", body.identity);
        let mut create = format!("CREATE {keyword} {schema}.{name}({})", body.arguments);
        if let Some(result) = body.result.as_ref().filter(|_| body.kind != 'p') {
            push!(create, " RETURNS {result}");
        }
        push!(create, "\n    LANGUAGE {}", self.ident(&body.language));
        create += &clauses(body);
        for setting in &body.settings {
            push!(create, "\n    {}", self.quoter.setting(setting));
        }
        push!(create, "\n    {};\n", source(body));
        create += &self.goes_with(keyword, &signature, &body.goes_with);
        let section = if body.postponed { PostData } else { PreData };
        let tag = format!("{}({})", object.name, body.types.join(", "));
        Definition::new(keyword, tag, section, create)
            .dropped_by(format!("DROP {keyword} {signature};\n"))
    }

    /// `name(arguments)` as comments and grants name a function.
    pub(in super::super) fn function_signature(&self, object: &Object, body: &Function) -> String {
        format!("{}({})", self.ident(&object.name), body.identity)
    }

    /// `name(arguments)` as comments name an aggregate.
    pub(in super::super) fn aggregate_signature(
        &self,
        object: &Object,
        body: &Aggregate,
    ) -> String {
        format!("{}({})", self.ident(&object.name), star(&body.identity))
    }

    pub(super) fn aggregate(&self, object: &Object, body: &Aggregate) -> Definition {
        let schema = self.ident(object.schema());
        let name = self.ident(&object.name);
        let options: Vec<String> = body.options.iter().map(|o| format!("    {o}")).collect();
        let create = format!(
            "CREATE AGGREGATE {schema}.{name}({}) (\n{}\n);\n",
            star(&body.arguments),
            options.join(",\n")
        );
        let tag = format!("{}({})", object.name, star(&body.types.join(", ")));
        let drop = format!("DROP AGGREGATE {schema}.{name}({});\n", star(&body.identity));
        Definition::new("AGGREGATE", tag, PreData, create).dropped_by(drop)
    }
}

/// An aggregate without arguments has a star.
fn star(arguments: &str) -> &str {
    if arguments.is_empty() { "*" } else { arguments }
}

pub(in super::super) fn keyword(kind: char) -> &'static str {
    if kind == 'p' { "PROCEDURE" } else { "FUNCTION" }
}

fn clauses(body: &Function) -> String {
    let mut text = String::new();
    if !body.transforms.is_empty() {
        let types: Vec<String> = body.transforms.iter().map(|t| format!("FOR TYPE {t}")).collect();
        push!(text, " TRANSFORM {}", types.join(", "));
    }
    let mut flag = |set: bool, word: &str| {
        if set {
            text.push(' ');
            text.push_str(word);
        }
    };
    flag(body.kind == 'w', "WINDOW");
    flag(body.volatility == 'i', "IMMUTABLE");
    flag(body.volatility == 's', "STABLE");
    flag(body.strict, "STRICT");
    flag(body.security_definer, "SECURITY DEFINER");
    flag(body.leakproof, "LEAKPROOF");
    let native = matches!(body.language.as_str(), "c" | "internal");
    let usual_cost = if native { "1" } else { "100" };
    flag(body.cost != "0" && body.cost != usual_cost, &format!("COST {}", body.cost));
    let rows = body.returns_set && body.rows != "0" && body.rows != "1000";
    flag(rows, &format!("ROWS {}", body.rows));
    if let Some(support) = &body.support {
        flag(true, &format!("SUPPORT {support}"));
    }
    flag(body.parallel == 's', "PARALLEL SAFE");
    flag(body.parallel == 'r', "PARALLEL RESTRICTED");
    text
}

/// The body with its AS.
fn source(body: &Function) -> String {
    if let Some(sql) = &body.sql_body {
        return sql.clone();
    }
    let Some(binary) = body.binary.as_deref().filter(|b| !b.is_empty()) else {
        return format!("AS {}", dollar_quote(&body.source));
    };
    if body.source == "-" {
        return format!("AS {}", quote_literal(binary));
    }
    let odd = body.source.contains(['\'', '\\']);
    let symbol = if odd { dollar_quote(&body.source) } else { quote_literal(&body.source) };
    format!("AS {}, {symbol}", quote_literal(binary))
}
