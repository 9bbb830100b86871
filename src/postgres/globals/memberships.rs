//! Memberships of roles in roles, in an order in which each can be granted.

use std::collections::HashSet;

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::schema::query::Reader;
use crate::postgres::schema::quote::Quoter;

/// The superuser that the cluster was made with: may be named as the grantor of everything.
const BOOTSTRAP: u32 = 10;

/// A membership as the catalog has it: roles may be gone.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    role: Option<String>,
    member: Option<String>,
    grantor: Option<String>,
    /// Oids of the three.
    oids: [u32; 3],
    admin: bool,
    /// Inherit and set, where the server has them; and only then the grantor means anything.
    options: Option<(bool, bool)>,
}

/// A membership that can be granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Membership {
    pub(super) role: String,
    pub(super) member: String,
    pub(super) admin: bool,
    pub(super) inherit: Option<bool>,
    pub(super) set: bool,
    pub(super) grantor: Option<String>,
}

/// Reads the memberships by role, member and grantor; those among the system's roles come by
/// themselves.
pub(super) async fn read(reader: &Reader<'_>) -> Result<Vec<Found>> {
    let options = reader.pick(16, "a.inherit_option, a.set_option", "NULL::bool, NULL::bool");
    let sql = format!(
        "SELECT ur.rolname::text, um.rolname::text, ug.rolname::text, a.roleid, a.member,
                a.grantor, a.admin_option, {options}
           FROM pg_catalog.pg_auth_members a
           LEFT JOIN pg_catalog.pg_roles ur ON ur.oid = a.roleid
           LEFT JOIN pg_catalog.pg_roles um ON um.oid = a.member
           LEFT JOIN pg_catalog.pg_roles ug ON ug.oid = a.grantor
          WHERE NOT (ur.rolname ~ '^pg_' AND um.rolname ~ '^pg_')
          ORDER BY ur.rolname, um.rolname, ug.rolname"
    );
    let rows = reader.read("memberships of roles", &sql, &[], |f| {
        Ok(Found {
            role: f.take()?,
            member: f.take()?,
            grantor: f.take()?,
            oids: [f.take()?, f.take()?, f.take()?],
            admin: f.take()?,
            options: Option::zip(f.take()?, f.take()?),
        })
    });
    rows.await
}

/// Puts each grant behind the one that made its grantor an administrator of the role. Also says
/// what of them is left out because a role is gone.
pub(super) fn order(found: Vec<Found>) -> Result<(Vec<Membership>, Vec<String>)> {
    let mut warnings = Vec::new();
    let known: Vec<(Membership, bool)> =
        found.into_iter().filter_map(|one| check(one, &mut warnings)).collect();
    let mut ordered = Vec::new();
    for grants in known.chunk_by(|a, b| a.0.role == b.0.role) {
        order_role(grants, &mut ordered)?;
    }
    Ok((ordered, warnings))
}

/// The membership, and whether its grantor has to be an administrator first.
fn check(found: Found, warnings: &mut Vec<String>) -> Option<(Membership, bool)> {
    let [role_oid, member_oid, grantor_oid] = found.oids;
    let Some(role) = found.role else {
        warnings.push(format!("a membership in role {role_oid}, which is gone, is left out"));
        return None;
    };
    let Some(member) = found.member else {
        warnings.push(format!(
            "the membership in {role} of role {member_oid}, which is gone, is left out"
        ));
        return None;
    };
    if found.options.is_some() && found.grantor.is_none() {
        warnings.push(format!(
            "the membership of {member} in {role} was granted by role {grantor_oid}, which is \
             gone: it is written without a grantor"
        ));
    }
    let grantor = found.grantor.filter(|_| found.options.is_some());
    let waits = grantor.is_some() && grantor_oid != BOOTSTRAP;
    let membership = Membership {
        role,
        member,
        admin: found.admin,
        inherit: found.options.map(|(inherit, _)| inherit),
        set: found.options.is_none_or(|(_, set)| set),
        grantor,
    };
    Some((membership, waits))
}

fn order_role(grants: &[(Membership, bool)], ordered: &mut Vec<Membership>) -> Result<()> {
    let mut administrators: HashSet<&str> = HashSet::new();
    let mut left: Vec<&(Membership, bool)> = grants.iter().collect();
    while !left.is_empty() {
        let before = left.len();
        left.retain(|(membership, waits)| {
            let grantor = membership.grantor.as_deref().filter(|_| *waits);
            if grantor.is_some_and(|grantor| !administrators.contains(grantor)) {
                return true;
            }
            if membership.admin {
                administrators.insert(&membership.member);
            }
            ordered.push(membership.clone());
            false
        });
        if left.len() == before {
            let names: Vec<&str> = left.iter().map(|(m, _)| m.member.as_str()).collect();
            let role = left.first().map_or("", |(m, _)| m.role.as_str());
            let text = format!(
                "the memberships in role {role} cannot be granted in any order: nobody who may \
                 grants it to {}",
                names.join(", ")
            );
            return Err(Error::new(ErrorKind::Database, text)
                .with_hint("revoke and grant these memberships anew"));
        }
    }
    Ok(())
}

impl Membership {
    /// The command that grants it, as far as a server of this version understands it.
    pub(super) fn command(&self, quoter: &Quoter) -> String {
        let mut options = Vec::new();
        if self.admin {
            options.push("ADMIN OPTION".to_owned());
        }
        if let Some(inherit) = self.inherit {
            options.push(format!("INHERIT {}", if inherit { "TRUE" } else { "FALSE" }));
        }
        if !self.set {
            options.push("SET FALSE".to_owned());
        }
        let mut text =
            format!("GRANT {} TO {}", quoter.ident(&self.role), quoter.ident(&self.member));
        if !options.is_empty() {
            push!(text, " WITH {}", options.join(", "));
        }
        if let Some(grantor) = &self.grantor {
            push!(text, " GRANTED BY {}", quoter.ident(grantor));
        }
        text + ";\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(role: &str, member: &str, grantor: Option<&str>, admin: bool) -> Found {
        Found {
            role: Some(role.into()),
            member: Some(member.into()),
            grantor: grantor.map(str::to_owned),
            oids: [1, 2, if grantor == Some("postgres") { BOOTSTRAP } else { 3 }],
            admin,
            options: Some((true, true)),
        }
    }

    fn commands(found: Vec<Found>) -> Vec<String> {
        let (ordered, _) = order(found).unwrap();
        ordered.iter().map(|m| m.command(&Quoter::default()).trim().to_owned()).collect()
    }

    #[test]
    fn a_grantor_is_made_an_administrator_before_it_grants() {
        let grants = vec![
            found("r", "a", Some("b"), true),
            found("r", "b", Some("z"), true),
            found("r", "c", Some("a"), false),
            found("r", "z", Some("postgres"), true),
            found("s", "a", Some("postgres"), false),
        ];
        assert_eq!(
            commands(grants),
            [
                "GRANT r TO z WITH ADMIN OPTION, INHERIT TRUE GRANTED BY postgres;",
                "GRANT r TO b WITH ADMIN OPTION, INHERIT TRUE GRANTED BY z;",
                "GRANT r TO a WITH ADMIN OPTION, INHERIT TRUE GRANTED BY b;",
                "GRANT r TO c WITH INHERIT TRUE GRANTED BY a;",
                "GRANT s TO a WITH INHERIT TRUE GRANTED BY postgres;",
            ]
        );
    }

    #[test]
    fn grants_that_nobody_could_have_made_are_an_error_that_names_them() {
        let grants = vec![found("r", "a", Some("b"), true), found("r", "b", Some("a"), true)];
        let error = order(grants).unwrap_err();
        assert!(error.to_string().contains("in role r"), "{error}");
    }

    #[test]
    fn a_grant_by_a_role_that_is_gone_is_kept_without_its_grantor() {
        let (ordered, warnings) = order(vec![found("r", "a", None, false)]).unwrap();
        assert_eq!(ordered[0].grantor, None);
        assert_eq!(warnings.len(), 1);
        let old = Found { options: None, ..found("r", "a", Some("x"), true) };
        let (ordered, warnings) = order(vec![old]).unwrap();
        let text = ordered[0].command(&Quoter::default());
        assert_eq!(text, "GRANT r TO a WITH ADMIN OPTION;\n");
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[test]
    fn memberships_of_roles_that_are_gone_are_left_out_and_named() {
        let gone = Found { member: None, ..found("r", "", Some("postgres"), false) };
        let (ordered, warnings) = order(vec![gone]).unwrap();
        assert!(ordered.is_empty());
        assert_eq!(warnings, ["the membership in r of role 2, which is gone, is left out"]);
    }
}
