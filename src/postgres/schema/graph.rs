//! The objects of a database and what each needs, as one graph.
//!
//! ```text
//!   Key (catalog, oid) ──► Id ──► Object { name, owner, what to take, body, deps: [Id] }
//! ```
//! Several keys may lead to one object: a row type to its table, an array type to its element, a
//! member to its extension. Dump ids of the archive are the ids plus one; two objects that are no
//! entries mark where the rows begin and end.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::ops::{Index as At, IndexMut as AtMut};

use smallvec::SmallVec;

use super::acl::Privileges;
use super::body::Body;
use super::intern::{Interner, Numbered, Text};

/// Where an object lives in the catalog: oid of the catalog and of the row.
pub(super) type Key = (u32, u32);

/// Oids of the system catalogs, the same in all versions.
pub(super) mod class {
    pub(in super::super) const TYPE: u32 = 1247;
    pub(in super::super) const PROC: u32 = 1255;
    pub(in super::super) const RELATION: u32 = 1259;
    pub(in super::super) const DATABASE: u32 = 1262;
    pub(in super::super) const DEFAULT_ACL: u32 = 826;
    pub(in super::super) const ATTRDEF: u32 = 2604;
    pub(in super::super) const CONSTRAINT: u32 = 2606;
    pub(in super::super) const NAMESPACE: u32 = 2615;
    pub(in super::super) const REWRITE: u32 = 2618;
    pub(in super::super) const TRIGGER: u32 = 2620;
    pub(in super::super) const EXTENSION: u32 = 3079;
    pub(in super::super) const POLICY: u32 = 3256;
    pub(in super::super) const STATISTICS: u32 = 3381;
    pub(in super::super) const COLLATION: u32 = 3456;
    pub(in super::super) const EVENT_TRIGGER: u32 = 3466;
}

/// An object's number in the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(NonZeroU32);

impl Id {
    /// The id in the archive.
    pub(super) fn dump_id(self) -> u32 {
        self.0.get()
    }

    /// Position in the graph.
    pub(super) fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    /// That of the object at a position in the graph.
    fn at(index: usize) -> Self {
        let number = u32::try_from(index + 1).ok().and_then(NonZeroU32::new);
        Self(number.unwrap_or(NonZeroU32::MAX))
    }
}

impl Default for Id {
    fn default() -> Self {
        Self(NonZeroU32::MIN)
    }
}

/// The number of an expression that many columns may have as their default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ExpressionId(u32);

impl ExpressionId {
    /// That of the text with this number among the graph's expressions.
    pub(super) fn new(number: u32) -> Self {
        Self(number)
    }
}

/// What an object needs: few things as a rule.
pub(super) type Needs = SmallVec<[Id; 4]>;

/// What of an object goes into the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Take {
    /// Its definition.
    pub(super) definition: bool,
    /// Its rows or value.
    pub(super) data: bool,
    /// Comments on it and on its parts.
    pub(super) comment: bool,
    /// Grants.
    pub(super) acl: bool,
}

impl Take {
    /// Nothing.
    pub(super) const NONE: Self =
        Self { definition: false, data: false, comment: false, acl: false };
    /// Everything.
    pub(super) const ALL: Self = Self { definition: true, data: true, comment: true, acl: true };
    /// Everything but the rows.
    pub(super) const NO_DATA: Self =
        Self { definition: true, data: false, comment: true, acl: true };
    /// The rows alone.
    pub(super) const DATA: Self =
        Self { definition: false, data: true, comment: false, acl: false };
}

/// One object.
#[derive(Debug)]
pub(super) struct Object {
    /// Its place in the catalog; zeros where it has none.
    pub(super) key: Key,
    /// Its schema, unquoted.
    pub(super) namespace: Option<Text>,
    /// The name that it is sorted by.
    pub(super) name: Text,
    /// Sorts objects of the same kind, schema and name.
    pub(super) tie: Text,
    /// Its owner, unquoted.
    pub(super) owner: Text,
    /// What to take.
    pub(super) take: Take,
    /// Its grants, where there may be any.
    privileges: Option<Box<Privileges>>,
    /// What it is.
    pub(super) body: Body,
    /// What must come before it; may repeat.
    pub(super) deps: Needs,
}

impl Object {
    /// An object that is taken whole, without schema, owner, grants and dependencies.
    pub(super) fn new(key: Key, name: impl Into<Text>, body: Body) -> Self {
        Self {
            key,
            namespace: None,
            name: name.into(),
            tie: Text::default(),
            owner: Text::default(),
            take: Take::ALL,
            privileges: None,
            body,
            deps: Needs::new(),
        }
    }

    /// Puts it into a schema.
    pub(super) fn in_schema(mut self, schema: impl Into<Text>) -> Self {
        self.namespace = Some(schema.into());
        self
    }

    /// Puts it where another one is, with the same owner.
    pub(super) fn beside(mut self, other: &Self) -> Self {
        self.namespace.clone_from(&other.namespace);
        self.owner = other.owner.clone();
        self
    }

    /// Gives it an owner.
    pub(super) fn owned_by(mut self, owner: impl Into<Text>) -> Self {
        self.owner = owner.into();
        self
    }

    /// Takes this of it.
    pub(super) fn taking(mut self, take: Take) -> Self {
        self.take = take;
        self
    }

    /// Gives it grants.
    pub(super) fn granted(mut self, privileges: Privileges) -> Self {
        self.privileges = privileges.is_set().then(|| Box::new(privileges));
        self
    }

    /// Sorts it among its namesakes.
    pub(super) fn sorted_by(mut self, tie: impl Into<Text>) -> Self {
        self.tie = tie.into();
        self
    }

    /// Makes it need these.
    pub(super) fn needing(mut self, deps: impl IntoIterator<Item = Id>) -> Self {
        self.deps.extend(deps);
        self
    }

    /// Its grants.
    pub(super) fn privileges(&self) -> &Privileges {
        const NONE: &Privileges = &Privileges { own: None, default: Vec::new(), initial: None };
        self.privileges.as_deref().unwrap_or(NONE)
    }

    /// The schema, empty where there is none.
    pub(super) fn schema(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }
}

/// All objects.
#[derive(Debug, Default)]
pub(super) struct Graph {
    objects: Vec<Object>,
    /// Names of schemas and owners, each once.
    names: Interner,
    by_key: HashMap<Key, Id>,
    /// Defaults of columns, each once.
    pub(super) expressions: Numbered,
    /// Defaults that need nothing but their table: oid, table and number of the column. They are no
    /// objects, and lead nowhere once they have their expressions.
    pub(super) plain_defaults: Vec<(u32, Id, i16)>,
}

impl Graph {
    /// Adds an object and makes its key known.
    pub(super) fn add(&mut self, mut object: Object) -> Id {
        for text in [&mut object.owner].into_iter().chain(&mut object.namespace) {
            *text = self.names.get(text);
        }
        let id = Id::at(self.objects.len());
        if object.key.1 != 0 && object.key.0 != 0 {
            self.by_key.insert(object.key, id);
        }
        self.objects.push(object);
        id
    }

    /// Adds an object whose key goes on leading where it leads, such as to an extension.
    pub(super) fn add_unnamed(&mut self, object: Object) -> Id {
        let before = self.find(object.key);
        let key = object.key;
        let id = self.add(object);
        if let Some(before) = before {
            self.by_key.insert(key, before);
            self.depend(id, before);
        }
        id
    }

    /// Makes another key lead to an object.
    pub(super) fn alias(&mut self, key: Key, id: Id) {
        self.by_key.entry(key).or_insert(id);
    }

    /// The object that a key leads to.
    pub(super) fn find(&self, key: Key) -> Option<Id> {
        self.by_key.get(&key).copied()
    }

    /// The relation with this oid.
    pub(super) fn relation(&self, oid: u32) -> Option<Id> {
        self.find((class::RELATION, oid)).filter(|&id| matches!(self[id].body, Body::Relation(_)))
    }

    /// An expression's number.
    pub(super) fn number(&mut self, expression: &str) -> ExpressionId {
        ExpressionId(self.expressions.number(expression))
    }

    /// The expression with a number.
    pub(super) fn expression(&self, id: ExpressionId) -> &str {
        self.expressions.text(id.0)
    }

    /// How many objects there are.
    pub(super) fn len(&self) -> usize {
        self.objects.len()
    }

    /// Every id, in the order of adding.
    pub(super) fn ids(&self) -> impl DoubleEndedIterator<Item = Id> + use<> {
        (0..self.objects.len()).map(Id::at)
    }

    /// Every object with its id.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Id, &Object)> {
        self.ids().zip(&self.objects)
    }

    /// Every object, to be completed.
    pub(super) fn objects_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        self.objects.iter_mut()
    }

    /// Notes that `object` needs `needed`; nothing needs itself.
    pub(super) fn depend(&mut self, object: Id, needed: Id) {
        if object != needed {
            self[object].deps.push(needed);
        }
    }

    /// Forgets that `object` needs `needed`.
    pub(super) fn forget(&mut self, object: Id, needed: Id) {
        self[object].deps.retain(|dep| *dep != needed);
    }
}

impl At<Id> for Graph {
    type Output = Object;

    fn index(&self, id: Id) -> &Object {
        &self.objects[id.index()]
    }
}

impl AtMut<Id> for Graph {
    fn index_mut(&mut self, id: Id) -> &mut Object {
        &mut self.objects[id.index()]
    }
}
