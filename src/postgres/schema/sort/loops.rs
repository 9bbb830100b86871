//! Loops among dependencies, and how each is broken.
//!
//! ```text
//!   type ─► input function ─► type                 the function needs only the type's declaration
//!   table ─► default ─► sequence ─► table          the default becomes an ALTER TABLE of its own
//!   table ─► check ─► function ─► table            so does the check, after the rows
//!   view ─► its rule ─► function ─► view           first a view without rows, then its query as a rule
//!   mark ─► materialized view ─► key ─► mark       the view (or function) comes after the rows
//! ```

use std::collections::{HashMap, HashSet, VecDeque};

use crate::postgres::schema::body::{Body, Type};
use crate::postgres::schema::graph::{Graph, Id, Object};

/// Breaks every loop; visits objects in the given order so that the outcome is always the same.
pub(super) fn repair(graph: &mut Graph, sorted: &[Id]) {
    let Some(post) = mark(graph) else { return };
    loop {
        let knots = knots(graph, sorted);
        if knots.is_empty() {
            return;
        }
        for knot in knots {
            untie(graph, &knot, post);
        }
    }
}

fn mark(graph: &Graph) -> Option<Id> {
    graph.iter().find(|(_, o)| matches!(o.body, Body::PostDataBegin)).map(|(id, _)| id)
}

/// Breaks one loop through each object of a knot.
fn untie(graph: &mut Graph, knot: &[Id], post: Id) {
    let within: HashSet<Id> = knot.iter().copied().collect();
    for &start in knot {
        if let Some(cycle) = shortest_cycle(graph, start, &within) {
            break_cycle(graph, &cycle, post);
        }
    }
}

/// The objects of a shortest loop through `start`, each needing the next.
fn shortest_cycle(graph: &Graph, start: Id, within: &HashSet<Id>) -> Option<Vec<Id>> {
    let mut came_from: HashMap<Id, Id> = HashMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(at) = waiting.pop_front() {
        for &next in graph[at].deps.iter().filter(|dep| within.contains(dep)) {
            if next == start {
                return Some(path(&came_from, start, at));
            }
            if let std::collections::hash_map::Entry::Vacant(entry) = came_from.entry(next) {
                entry.insert(at);
                waiting.push_back(next);
            }
        }
    }
    None
}

fn path(came_from: &HashMap<Id, Id>, start: Id, last: Id) -> Vec<Id> {
    let mut path = vec![last];
    let mut at = last;
    while at != start {
        let Some(&before) = came_from.get(&at) else { break };
        path.push(before);
        at = before;
    }
    path.reverse();
    path
}

fn break_cycle(graph: &mut Graph, cycle: &[Id], post: Id) {
    let repaired = declare_type(graph, cycle)
        || split_view(graph, cycle, post)
        || postpone(graph, cycle, post)
        || split_default(graph, cycle)
        || split_check(graph, cycle, post);
    if !repaired {
        // Nothing that can be said in two steps: drop one need, as the server's own tool does.
        if let [first, second, ..] = cycle {
            graph.forget(*first, *second);
        }
    }
}

/// A type and a function of its own: the function does with the declaration of the type.
fn declare_type(graph: &mut Graph, cycle: &[Id]) -> bool {
    let &[a, b] = cycle else { return false };
    let pairs = [(a, b), (b, a)];
    let found = pairs.into_iter().find_map(|(of_type, function)| match &graph[of_type].body {
        Body::Type(body) if matches!(graph[function].body, Body::Function(_)) => {
            Some((of_type, function, body.shell()?))
        }
        _ => None,
    });
    let Some((of_type, function, shell)) = found else { return false };
    graph.forget(function, of_type);
    graph.depend(function, shell);
    if graph[function].take.definition {
        graph[shell].take.definition = true;
    }
    true
}

/// A view with its own rule: the rule becomes an entry after the rows.
fn split_view(graph: &mut Graph, cycle: &[Id], post: Id) -> bool {
    // A materialized view has such a rule too, and cannot do without it.
    let is_view =
        |id: Id| matches!(&graph[id].body, Body::Relation(relation) if relation.kind == 'v');
    let found = cycle.iter().find_map(|&rule| match &graph[rule].body {
        Body::Rule(body) if !body.separate && cycle.contains(&body.relation) => {
            is_view(body.relation).then_some((rule, body.relation))
        }
        _ => None,
    });
    let Some((rule, view)) = found else { return false };
    let Body::Relation(relation) = &mut graph[view].body else { return false };
    relation.dummy = true;
    if let Body::Rule(body) = &mut graph[rule].body {
        body.separate = true;
    }
    graph.forget(view, rule);
    graph.depend(rule, view);
    graph.depend(rule, post);
    true
}

/// A materialized view or function between the mark and itself: goes after the rows.
fn postpone(graph: &mut Graph, cycle: &[Id], post: Id) -> bool {
    let Some(at) = cycle.iter().position(|&id| matches!(graph[id].body, Body::PreDataEnd)) else {
        return false;
    };
    let movable = |graph: &Graph, id: Id| match &graph[id].body {
        Body::Relation(relation) => relation.kind == 'm',
        Body::Function(_) => true,
        _ => false,
    };
    if !cycle.iter().any(|&id| movable(graph, id)) {
        return false;
    }
    let (Some(&mark), Some(&next)) = (cycle.get(at), cycle.get((at + 1) % cycle.len())) else {
        return false;
    };
    graph.forget(mark, next);
    match &mut graph[next].body {
        Body::Relation(relation) if relation.kind == 'm' => {
            relation.postponed = true;
            postpone_statistics(graph, next, post);
        }
        Body::Function(function) => function.postponed = true,
        _ => {}
    }
    true
}

/// What the planner knows of a relation that comes after the rows comes after it.
fn postpone_statistics(graph: &mut Graph, relation: Id, post: Id) {
    let needs_it = |(id, object): (Id, &Object)| {
        let Body::PlannerStatistics(_) = object.body else { return None };
        object.deps.contains(&relation).then_some(id)
    };
    let found: Vec<Id> = graph.iter().filter_map(needs_it).collect();
    for id in found {
        if let Body::PlannerStatistics(statistics) = &mut graph[id].body {
            statistics.after_rows = true;
        }
        graph.forget(post, id);
        graph.depend(id, post);
    }
}

/// A default becomes a separate entry after its table.
fn split_default(graph: &mut Graph, cycle: &[Id]) -> bool {
    let found = cycle.iter().find_map(|&id| match &graph[id].body {
        Body::Default(body) if !body.separate && cycle.contains(&body.table) => {
            let Body::Relation(relation) = &graph[body.table].body else { return None };
            let plain = relation.column(body.number).is_some_and(|c| c.generated == ' ');
            plain.then_some((id, body.table))
        }
        _ => None,
    });
    let Some((default, table)) = found else { return false };
    if let Body::Default(body) = &mut graph[default].body {
        body.separate = true;
    }
    graph.forget(table, default);
    graph.depend(default, table);
    true
}

/// A check of a table or domain becomes a separate entry after the rows.
fn split_check(graph: &mut Graph, cycle: &[Id], post: Id) -> bool {
    let found = cycle.iter().find_map(|&id| match &graph[id].body {
        Body::Constraint(body) if !body.separate && cycle.contains(&body.owner) => {
            Some((id, body.owner))
        }
        _ => None,
    });
    let Some((check, owner)) = found else { return false };
    debug_assert!(matches!(graph[owner].body, Body::Relation(_) | Body::Type(Type::Domain(_))));
    if let Body::Constraint(body) = &mut graph[check].body {
        body.separate = true;
    }
    graph.forget(owner, check);
    graph.depend(check, owner);
    graph.depend(check, post);
    true
}

/// Groups of objects that need each other (strongly connected components of more than one), by
/// Tarjan's algorithm without recursion.
fn knots(graph: &Graph, sorted: &[Id]) -> Vec<Vec<Id>> {
    let mut search = Search::new(graph.len());
    for &root in sorted {
        if search.number[root.index()] == 0 {
            search.visit(graph, root);
        }
    }
    let mut place = vec![0; graph.len()];
    for (at, id) in sorted.iter().enumerate() {
        place[id.index()] = at;
    }
    let mut knots = search.knots;
    for knot in &mut knots {
        knot.sort_by_key(|id| place[id.index()]);
    }
    knots
}

struct Search {
    /// Order of discovery, from 1; 0 is not yet.
    number: Vec<u32>,
    low: Vec<u32>,
    open: Vec<bool>,
    stack: Vec<Id>,
    next: u32,
    knots: Vec<Vec<Id>>,
}

impl Search {
    fn new(len: usize) -> Self {
        Self {
            number: vec![0; len],
            low: vec![0; len],
            open: vec![false; len],
            stack: Vec::new(),
            next: 1,
            knots: Vec::new(),
        }
    }

    fn enter(&mut self, id: Id) {
        let at = id.index();
        (self.number[at], self.low[at]) = (self.next, self.next);
        self.next += 1;
        self.open[at] = true;
        self.stack.push(id);
    }

    fn visit(&mut self, graph: &Graph, root: Id) {
        let mut path = vec![(root, 0)];
        self.enter(root);
        while let Some((id, step)) = path.last_mut() {
            let (id, at) = (*id, id.index());
            if let Some(&dep) = graph[id].deps.get(*step) {
                *step += 1;
                if self.number[dep.index()] == 0 {
                    self.enter(dep);
                    path.push((dep, 0));
                } else if self.open[dep.index()] {
                    self.low[at] = self.low[at].min(self.number[dep.index()]);
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                let parent = parent.index();
                self.low[parent] = self.low[parent].min(self.low[at]);
            }
            if self.low[at] == self.number[at] {
                self.close(id);
            }
        }
    }

    fn close(&mut self, id: Id) {
        let mut knot = Vec::new();
        while let Some(top) = self.stack.pop() {
            self.open[top.index()] = false;
            knot.push(top);
            if top == id {
                break;
            }
        }
        if knot.len() > 1 {
            self.knots.push(knot);
        }
    }
}
