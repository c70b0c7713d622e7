//! The one way to look at a value: what is known, what is not, why not, and whether it is secret.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::BTreeSet,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use smallvec::SmallVec;

use serde::{Deserialize, Serialize};

use crate::{
    facts,
    plan::{Actions, ConfigResource, Key, Mode, ResId, Resource, Step, Tri, Value, Values, steps},
};

use super::{
    Expr, Graph,
    ledger::{About, Ledger, Note, Open},
    pairing,
    resolve::{self, End, Hit},
    schema,
};

/// How a message writes a value under a sensitivity mask.
pub const SENSITIVE: &str = "(sensitive value)";

/// Which world of a plan is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// As it will be after the apply.
    Planned,
    /// As it was before. It has no configuration: nothing is omitted or unknown there.
    Prior,
}

/// Why a question could only be answered with "maybe".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// The value is known only after the apply.
    Apply,
    /// A `local` stands between; plan JSON does not hold locals.
    Local,
    /// A `dynamic` block; plan JSON does not hold its expressions.
    Dynamic,
    /// The plan is targeted, deferred or errored.
    Incomplete,
    /// The other side of a relation is in no plan of the run, or a value stands in for it.
    NotInRun,
    /// An expression whose shape plan JSON does not hold.
    Function,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Cause; 6] = [
        Cause::Apply,
        Cause::Local,
        Cause::Dynamic,
        Cause::Incomplete,
        Cause::NotInRun,
        Cause::Function,
    ];

    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Apply => "apply",
            Cause::Local => "local",
            Cause::Dynamic => "dynamic",
            Cause::Incomplete => "incomplete",
            Cause::NotInRun => "not-in-run",
            Cause::Function => "function",
        }
    }
}

/// One world of one plan, as one rule looks at it; notes what kept the rule from an answer.
#[derive(Debug)]
pub struct Scope<'g> {
    /// The plan and its relations.
    pub graph: &'g Arc<Graph>,
    side: Side,
    subjects: &'g [Cow<'static, str>],
    /// Rows are taken, for whichever rule: see [`Scope::taking_rows`].
    takes_rows: bool,
    /// Made when something is noted: scripts look at a plan through thousands of scopes.
    ledger: RefCell<Option<Box<Ledger>>>,
    differs: Cell<bool>,
}

impl<'g> Scope<'g> {
    /// Looks at one world of a plan.
    pub fn new(graph: &'g Arc<Graph>, side: Side) -> Scope<'g> {
        Scope {
            graph,
            side,
            subjects: &[],
            takes_rows: false,
            ledger: RefCell::default(),
            differs: Cell::new(false),
        }
    }

    /// As a rule looks at it that judges instances of these types (`data.aws_vpc`; `*` for every managed
    /// one, `data` for every data source): what it asks in vain is noted for the instance that it is
    /// judging.
    pub fn judging(self, subjects: &'g [Cow<'static, str>]) -> Scope<'g> {
        Scope { subjects, ..self }
    }

    /// As rows are taken from it that several rules judge: what is asked in vain is noted for the
    /// instance that was handed out last, whatever its type.
    pub fn taking_rows(self) -> Scope<'g> {
        Scope { takes_rows: true, ..self }
    }

    /// The world, for what is done alike in both.
    pub(crate) fn world(&self) -> Side {
        self.side
    }

    /// The world. Whoever asks may tell the two apart.
    pub fn side(&self) -> Side {
        self.note_difference();
        self.side
    }

    /// Whether anything was read here that is, or may be, otherwise in the other world. What was
    /// concluded from the rest holds in both.
    pub fn saw_difference(&self) -> bool {
        self.differs.get()
    }

    /// Does something; whether that read anything that is, or may be, otherwise in the other world.
    pub fn apart<T>(&self, work: impl FnOnce() -> T) -> (T, bool) {
        let before = self.differs.replace(false);
        let done = work();
        let differs = self.differs.get();
        self.differs.set(before || differs);
        (done, differs)
    }

    /// Notes that something was read that may be otherwise in the other world.
    pub(super) fn note_difference(&self) {
        self.differs.set(true);
    }

    /// Answers "maybe", and notes why.
    pub fn maybe(&self, cause: Cause) -> Tri {
        self.note(Note { res: None, path: 0, cause })
    }

    fn note(&self, note: Note) -> Tri {
        self.ledger.borrow_mut().get_or_insert_default().note(note);
        Tri::Maybe
    }

    /// The rule answers about a subject: what it asked in vain counts if the answer hangs on it.
    /// The subject is only made where that makes a difference.
    pub fn settle(&self, tri: Tri, about: impl FnOnce() -> About) {
        let mut ledger = self.ledger.borrow_mut();
        if tri == Tri::Maybe || ledger.as_ref().is_some_and(|it| it.is_waiting()) {
            ledger.get_or_insert_default().settle(tri, &about(), |id| self.is_subject(id));
        }
    }

    /// What the rule's answers hang on, and what it asked without ever answering; forgets it.
    pub fn close(&self) -> BTreeSet<Open> {
        self.ledger.borrow_mut().get_or_insert_default().close(|id| self.is_subject(id))
    }

    fn is_subject(&self, id: ResId) -> bool {
        let resource = self.graph.plan.resource(id);
        self.judges(resource.mode, self.graph.plan.str(resource.type_))
    }

    fn judges(&self, mode: Mode, type_: &str) -> bool {
        self.subjects.iter().any(|subject| match mode {
            Mode::Managed => subject == type_ || subject == "*",
            Mode::Data => subject == "data" || subject.strip_prefix("data.") == Some(type_),
        })
    }

    /// Hands an instance out to be judged.
    fn hand_out(&self, id: ResId, is_subject: bool) -> Res<'_> {
        if is_subject {
            self.ledger.borrow_mut().get_or_insert_default().turn(id, |id| self.is_subject(id));
        }
        self.res(id)
    }

    /// Whether an instance exists in this world.
    pub fn holds(&self, id: ResId) -> bool {
        let resource = self.graph.plan.resource(id);
        let planned = !super::is_gone(resource.actions);
        // A deposed object repeats the address of the current one, and waits to be deleted.
        let prior = resource.existed() && self.res(id).deposed().is_none();
        if planned != prior {
            self.note_difference();
        }
        match self.side {
            Side::Planned => planned,
            Side::Prior => prior,
        }
    }

    /// Managed instances of a type that exist in this world, in plan order.
    pub fn of<'a>(&'a self, type_: &str) -> impl Iterator<Item = Res<'a>> + use<'a, 'g> {
        self.of_mode(Mode::Managed, type_)
    }

    /// Data sources of a type, in plan order.
    pub fn data<'a>(&'a self, type_: &str) -> impl Iterator<Item = Res<'a>> + use<'a, 'g> {
        self.of_mode(Mode::Data, type_)
    }

    fn of_mode<'a>(
        &'a self,
        mode: Mode,
        type_: &str,
    ) -> impl Iterator<Item = Res<'a>> + use<'a, 'g> {
        let judged = self.takes_rows || self.judges(mode, type_);
        self.ids_of(mode, type_).map(move |id| self.hand_out(id, judged))
    }

    fn ids_of<'a>(&'a self, mode: Mode, type_: &str) -> impl Iterator<Item = ResId> + use<'a, 'g> {
        let ids = self.graph.plan.of_type(type_);
        let here = move |id: &ResId| self.graph.plan.resource(*id).mode == mode && self.holds(*id);
        ids.iter().copied().filter(here)
    }

    /// Number of instances of a type that exist in this world; of every type without one. None of them is
    /// handed out to be judged.
    pub fn count(&self, mode: Mode, type_: Option<&str>) -> usize {
        let is_it = |id: &ResId| self.graph.plan.resource(*id).mode == mode && self.holds(*id);
        match type_ {
            Some(type_) => self.ids_of(mode, type_).count(),
            None => (0..self.graph.plan.len() as ResId).filter(is_it).count(),
        }
    }

    /// Everything that exists in this world, data sources included.
    pub fn all(&self) -> impl Iterator<Item = Res<'_>> {
        let here = (0..self.graph.plan.len() as ResId).filter(|id| self.holds(*id));
        here.map(|id| self.hand_out(id, self.takes_rows || self.is_subject(id)))
    }

    /// Every managed instance that the plan does something about or leaves alone, in plan order:
    /// deleted, forgotten and deposed ones too. For rules about the change itself.
    pub fn changes(&self) -> impl Iterator<Item = Res<'_>> {
        (0..self.graph.plan.len() as ResId).filter_map(|id| self.change(id))
    }

    /// Those of a type.
    pub fn changes_of(&self, type_: &str) -> impl Iterator<Item = Res<'_>> {
        self.graph.plan.of_type(type_).iter().filter_map(|id| self.change(*id))
    }

    /// Managed instances of a type that the plan lets go of without destroying them, and that are there
    /// after the apply for all that; none in the world before, which has them anyway.
    pub fn forgotten(&self, type_: &str) -> impl Iterator<Item = Res<'_>> {
        let is_it = |it: &Res<'_>| it.actions().forget && !self.holds(it.id);
        self.changes_of(type_).filter(|it| it.deposed().is_none()).filter(is_it)
    }

    fn change(&self, id: ResId) -> Option<Res<'_>> {
        let plan = &self.graph.plan;
        let is_it = plan.is_change(id) && plan.resource(id).mode == Mode::Managed;
        is_it.then(|| self.hand_out(id, self.takes_rows || self.is_subject(id)))
    }

    /// An instance by its index.
    pub fn res(&self, id: ResId) -> Res<'_> {
        Res { scope: self, id }
    }

    /// Whether something could be missing from this plan that its configuration has: targeted,
    /// deferred, errored and refresh-only plans.
    pub fn is_partial(&self) -> bool {
        self.in_plan(self.graph.is_partial())
    }

    /// Whether this plan may lack instances of a type (`data.aws_vpc` for a data source) that its
    /// configuration has. That none is there is then no evidence that there will be none.
    pub fn may_lack(&self, type_: &str) -> bool {
        self.in_plan(self.graph.may_lack(type_))
    }

    /// What the plan lacks was there before the apply.
    fn in_plan(&self, lacks: bool) -> bool {
        if lacks {
            self.note_difference();
        }
        lacks && self.side == Side::Planned
    }
}

/// An instance in one world.
#[derive(Clone, Copy)]
pub struct Res<'a> {
    scope: &'a Scope<'a>,
    /// Its index in the plan.
    pub id: ResId,
}

impl PartialEq for Res<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl fmt::Debug for Res<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.address())
    }
}

impl<'a> Res<'a> {
    /// The world this is seen in.
    pub fn scope(self) -> &'a Scope<'a> {
        self.scope
    }

    pub(super) fn graph(self) -> &'a Graph {
        self.scope.graph
    }

    /// Answers "maybe" about it, and notes why. `which` tells several questions about it apart.
    pub fn maybe(self, cause: Cause, which: u64) -> Tri {
        self.scope.note(Note { res: Some(self.id), path: which, cause })
    }

    pub(crate) fn raw(self) -> &'a Resource {
        self.graph().plan.resource(self.id)
    }

    /// Terraform's address.
    pub fn address(self) -> &'a str {
        self.graph().plan.str(self.raw().address)
    }

    /// Its address before a move, if it moved.
    pub fn previous_address(self) -> Option<&'a str> {
        Some(self.graph().plan.str(self.raw().previous)).filter(|text| !text.is_empty())
    }

    /// Key of the deposed object, if it is one.
    pub fn deposed(self) -> Option<&'a str> {
        Some(self.graph().plan.str(self.raw().deposed)).filter(|text| !text.is_empty())
    }

    /// Its type.
    pub fn type_(self) -> &'a str {
        self.graph().plan.str(self.raw().type_)
    }

    /// The block's name.
    pub fn name(self) -> &'a str {
        self.graph().plan.str(self.raw().name)
    }

    /// Its instance key.
    pub fn key(self) -> Option<&'a Key> {
        self.raw().key()
    }

    /// Managed or data.
    pub fn mode(self) -> Mode {
        self.raw().mode
    }

    /// The provider's source address, such as `registry.terraform.io/hashicorp/aws`.
    pub fn provider_name(self) -> &'a str {
        self.graph().plan.str(self.raw().provider)
    }

    /// What happens to it.
    pub fn actions(self) -> Actions {
        self.raw().actions
    }

    /// Terraform's reason for the actions, such as `replace_because_tainted`; empty without one.
    pub fn action_reason(self) -> &'a str {
        self.graph().plan.str(self.raw().reason)
    }

    /// The attribute paths that force a replacement.
    pub fn replace_paths(self) -> Vec<Vec<String>> {
        self.graph().plan.replace_paths(self.raw())
    }

    /// What forces a replacement, before and after the apply; empty where Terraform names no
    /// attribute (tainted, `-replace`, `replace_triggered_by`).
    pub fn replaced_by(self) -> Vec<(View<'a>, View<'a>)> {
        let both = |path: Vec<String>| {
            path.into_iter().fold((self.before(), self.after()), |(before, after), step| {
                // A step does not say whether it is an index or a key of digits.
                let in_map = [&before, &after]
                    .iter()
                    .any(|view| view.here.value.is_some_and(|value| value.is_object()));
                match step.parse() {
                    Ok(index) if !in_map => (before.at(index), after.at(index)),
                    _ => (before.member(step.clone()), after.member(step)),
                }
            })
        };
        self.replace_paths().into_iter().map(both).collect()
    }

    /// Made by this apply, anew or in place of another.
    pub fn is_created(self) -> bool {
        self.actions().create
    }

    /// The block it was made from.
    pub fn block(self) -> Option<&'a ConfigResource> {
        self.graph().block(self.id)
    }

    /// The same instance in the world before the apply; none where it did not exist.
    pub fn existed(self) -> bool {
        self.raw().existed()
    }

    fn values(self) -> Values<'a> {
        let plan = &self.graph().plan;
        match self.scope.side {
            Side::Planned => plan.planned(self.raw()),
            Side::Prior => plan.prior(self.raw()),
        }
    }

    /// Notes that its values are read, as everything does that reads them.
    pub(crate) fn note_read(self) {
        if !self.raw().is_unchanged {
            self.scope.note_difference();
        }
    }

    /// All its values.
    pub fn root(self) -> View<'a> {
        self.note_read();
        self.look(self.values(), self.scope.side)
    }

    /// The same at a glance.
    pub fn glance(self) -> Glance<'a> {
        self.note_read();
        self.glance_at(self.values(), self.scope.side)
    }

    /// Its values before the apply, whatever world it is seen in.
    pub fn before(self) -> View<'a> {
        self.look(self.graph().plan.prior(self.raw()), Side::Prior)
    }

    /// Its values after the apply, whatever world it is seen in.
    pub fn after(self) -> View<'a> {
        self.look(self.graph().plan.planned(self.raw()), Side::Planned)
    }

    pub(super) fn look(self, values: Values<'a>, side: Side) -> View<'a> {
        View { res: self, side, path: Path::new(), here: self.glance_at(values, side) }
    }

    fn glance_at(self, values: Values<'a>, side: Side) -> Glance<'a> {
        Glance {
            value: values.value,
            unknown: Mask::of(values.unknown),
            sensitive: Mask::of(values.sensitive),
            lacks_mask: side == Side::Planned && self.raw().lacks_mask,
            may_stand_in: self.graph().has_stand_ins(),
        }
    }

    /// Whether a name stands in what the plan shows of its values or says to be unknown: they need not be
    /// parsed to see that an argument is not there.
    pub fn may_have(self, name: &str) -> bool {
        self.note_read();
        let plan = &self.graph().plan;
        plan.mentions(self.raw(), name)
    }

    /// The value at a path such as `name`, `vpc[0].vpc_id` or `aws_iam_role.role_arn`.
    /// A name behind a list of one block looks into that block.
    pub fn get(self, path: &'a str) -> View<'a> {
        let root = self.root();
        if is_name(path) { root.into_member(path) } else { root.get(path) }
    }
}

/// Whether a path is one name.
fn is_name(path: &str) -> bool {
    memchr::memchr2(b'.', b'[', path.as_bytes()).is_none()
}

/// A mask of `after_unknown` or `after_sensitive`: `true` covers everything below.
#[derive(Clone, Copy)]
pub(super) enum Mask<'a> {
    Nothing,
    Everything,
    Parts(Value<'a>),
}

impl<'a> Mask<'a> {
    pub(super) fn of(value: Option<Value<'a>>) -> Mask<'a> {
        match value {
            Some(value) if value.is_true() => Mask::Everything,
            Some(value) if !value.is_empty() => Mask::Parts(value),
            _ => Mask::Nothing,
        }
    }

    pub(super) fn below(self, part: impl FnOnce(Value<'a>) -> Option<Value<'a>>) -> Mask<'a> {
        match self {
            Mask::Parts(value) => Mask::of(part(value)),
            all => all,
        }
    }

    fn marks_anything(self) -> bool {
        fn any(value: Value<'_>) -> bool {
            value.is_true() || value.items().any(any) || value.entries().any(|(_, v)| any(v))
        }
        match self {
            Mask::Nothing => false,
            Mask::Everything => true,
            Mask::Parts(value) => any(value),
        }
    }
}

/// What stands at a place, without the place itself: it costs nothing to go down, and is enough
/// for plain values. Whatever hangs on the configuration takes a [`View`].
#[derive(Clone, Copy)]
pub struct Glance<'a> {
    value: Option<Value<'a>>,
    unknown: Mask<'a>,
    sensitive: Mask<'a>,
    /// The plan was trimmed: what it does not show may be unknown.
    lacks_mask: bool,
    /// What it shows may stand in for something else.
    may_stand_in: bool,
}

impl<'a> Glance<'a> {
    /// The member of that name.
    pub fn member(self, name: &str) -> Glance<'a> {
        Glance {
            value: self.value.and_then(|value| value.get(name)),
            unknown: self.unknown.below(|mask| mask.get(name)),
            sensitive: self.sensitive.below(|mask| mask.get(name)),
            ..self
        }
    }

    /// The element at that index.
    pub fn at(self, index: usize) -> Glance<'a> {
        Glance {
            value: self.value.and_then(|value| value.at(index)),
            unknown: self.unknown.below(|mask| mask.at(index)),
            sensitive: self.sensitive.below(|mask| mask.at(index)),
            ..self
        }
    }

    /// Whether it is known that nothing stands here: null, or a list without elements.
    pub fn has_nothing(self) -> bool {
        let is_known = matches!(self.unknown, Mask::Nothing) && !self.lacks_mask;
        is_known
            && self
                .value
                .is_none_or(|value| value.is_null() || value.is_array() && value.items().len() == 0)
    }

    /// Names of the members that the plan does not show to be null; some twice. None where members
    /// may be unknown that nothing names.
    pub fn set_names(self) -> Option<impl Iterator<Item = &'a str>> {
        let unknown = match self.unknown {
            Mask::Nothing => None,
            Mask::Parts(mask) => Some(mask),
            Mask::Everything => return None,
        };
        let known = self.value.into_iter().flat_map(Value::entries);
        let known = known.filter(|(_, value)| !value.is_null()).map(|(name, _)| name);
        let unknown = unknown.into_iter().flat_map(Value::entries).map(|(name, _)| name);
        (!self.lacks_mask && !self.may_stand_in).then(|| known.chain(unknown))
    }

    /// The value that the plan shows, which is not null; it may stand in for another.
    pub fn shown(self) -> Option<Value<'a>> {
        match self.unknown {
            Mask::Everything => None,
            _ => self.value.filter(|value| !value.is_null()),
        }
    }

    /// The value where it is plain: known, not masked, and no object or list. Nothing in it where
    /// nothing stands there. None where it takes a [`View`] to tell.
    pub fn plain(self) -> Option<Option<Value<'a>>> {
        let is_free = |mask: Mask<'a>| matches!(mask, Mask::Nothing);
        if !is_free(self.unknown) || !is_free(self.sensitive) {
            return None;
        }
        if self.lacks_mask || self.may_stand_in {
            return None;
        }
        match self.value.filter(|value| !value.is_null()) {
            Some(value) if value.is_array() || value.is_object() => None,
            plain => Some(plain),
        }
    }
}

/// One step below an instance.
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub(super) enum Part<'a> {
    Name(&'a str),
    Index(usize),
}

/// Steps from the instance down; most values are no deeper than this, and need no allocation.
type Path<'a> = SmallVec<[Part<'a>; 4]>;

/// What is to be seen at one place.
#[derive(Clone, Copy, Debug)]
pub enum Val<'a> {
    /// The value, which is not null.
    Known(Value<'a>),
    /// The plan says null, or has no such attribute.
    Null,
    /// The author did not set it, and the provider will compute it.
    Omitted,
    /// Set, and known only after the apply (or hidden by the named cause).
    Unknown(Cause),
}

/// How the configuration sets a value.
#[derive(Clone, Debug)]
pub(super) enum Written<'a> {
    /// There is no configuration to ask: a state, or the world before.
    NoConfiguration,
    /// The author did not write it.
    Not,
    /// The author left out the block around it, and the provider fills that in.
    LeftOut,
    /// The block was made by a `dynamic` block.
    Dynamic,
    /// By these expressions: one, or candidates where blocks cannot be told apart.
    By(SmallVec<[Expr<'a>; 1]>),
}

/// A value with its masks and its place.
pub struct View<'a> {
    res: Res<'a>,
    side: Side,
    pub(super) path: Path<'a>,
    here: Glance<'a>,
}

impl Clone for View<'_> {
    fn clone(&self) -> Self {
        // Rules do little else than going from value to value: steps are copied at once, not one by one.
        View { path: Path::from_slice(&self.path), ..*self }
    }
}

impl fmt::Debug for View<'_> {
    /// The place only: the value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.res.address(), self.attribute())
    }
}

impl<'a> View<'a> {
    /// The instance it belongs to.
    pub fn res(&self) -> Res<'a> {
        self.res
    }

    /// The world it is seen in.
    pub(super) fn side(&self) -> Side {
        self.side
    }

    pub(super) fn graph(&self) -> &'a Graph {
        self.res.graph()
    }

    /// Its attribute path, as findings spell it: `vpc[0].vpc_id`, `options["password"]`, `user[].password`
    /// for a member of a set.
    pub fn attribute(&self) -> String {
        if let [Part::Name(name)] = self.path.as_slice() {
            return name.to_string();
        }
        self.spelled(|_| None)
    }

    /// The path; `member` gives the index of a member of a set, whose step stands at that depth.
    pub(super) fn spelled(&self, member: impl Fn(usize) -> Option<usize>) -> String {
        let mut out = String::new();
        let mut names: Vec<&str> = Vec::new();
        for (depth, part) in self.path.iter().enumerate() {
            match part {
                Part::Index(index) => {
                    let ordered = !schema::is_set(self.res, &names);
                    let index = if ordered { Some(*index) } else { member(depth) };
                    out.push_str(&index.map_or("[]".to_owned(), |index| format!("[{index}]")));
                }
                Part::Name(name) => {
                    let is_map_key = schema::is_map(self.res, &names);
                    if is_map_key {
                        out.push_str(&Key::Text(name.to_string()).to_string());
                    } else {
                        let dot = if out.is_empty() { "" } else { "." };
                        out.push_str(dot);
                        out.push_str(name);
                    }
                    names.push(name);
                }
            }
        }
        out
    }

    /// The value at a path below, such as `name` or `vpc[0].vpc_id`. A name behind a list of one
    /// block looks into that block. For map keys, which may hold dots, use [`View::member`].
    pub fn get(&self, path: &'a str) -> View<'a> {
        let is_in_block = |value: Value<'_>| value.is_array() && value.items().len() == 1;
        if is_name(path) && !self.here.value.is_some_and(is_in_block) {
            return self.member(path);
        }
        let mut at = self.clone();
        for piece in path.split('.') {
            let (name, indices) = piece.split_at(piece.find('[').unwrap_or(piece.len()));
            if at.here.value.is_some_and(|value| value.is_array() && value.items().len() == 1) {
                at = at.at(0);
            }
            at = at.member(name);
            for index in indices.split(['[', ']']).filter_map(|text| text.parse().ok()) {
                at = at.at(index);
            }
        }
        at
    }

    /// The member of that name, dots and all.
    pub fn member(&self, name: impl Into<Cow<'a, str>>) -> View<'a> {
        self.clone().into_member(name)
    }

    /// The same, where the whole is not needed any more.
    pub(crate) fn into_member(mut self, name: impl Into<Cow<'a, str>>) -> View<'a> {
        let name: &'a str = match name.into() {
            Cow::Borrowed(name) => name,
            Cow::Owned(name) => self.graph().read.names.keep(&name),
        };
        self.here = self.here.member(name);
        self.path.push(Part::Name(name));
        self
    }

    /// What stands here.
    pub fn glance(&self) -> Glance<'a> {
        self.here
    }

    /// The element at that index.
    pub fn at(&self, index: usize) -> View<'a> {
        self.clone().into_at(index)
    }

    /// The same, where the whole is not needed any more.
    pub(crate) fn into_at(mut self, index: usize) -> View<'a> {
        self.here = self.here.at(index);
        self.path.push(Part::Index(index));
        self
    }

    /// Elements of a list or set, or blocks of a kind. Nothing where the whole is not known:
    /// ask [`View::val`] first where that matters.
    pub fn items(&self) -> impl Iterator<Item = View<'a>> + use<'a> {
        let len = self.here.value.map_or(0, |value| value.items().len());
        let view = self.clone();
        (0..len).map(move |index| view.at(index))
    }

    /// Those elements that are known texts, without their places.
    pub fn texts(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (here, graph) = (self.here, self.graph());
        let len = here.value.map_or(0, |value| value.items().len());
        let known = (0..len).filter_map(move |index| here.at(index).shown());
        known.filter(|value| !graph.is_stand_in(*value)).filter_map(Value::as_str)
    }

    /// Members of a map or object, unknown ones included, by name; of one that is not known as a
    /// whole those that the source shows.
    pub fn members(&self) -> Vec<(&'a str, View<'a>)> {
        self.member_names().into_iter().map(|name| (name, self.member(name))).collect()
    }

    /// Their names.
    pub fn member_names(&self) -> Vec<&'a str> {
        let known = self.here.value.into_iter().flat_map(Value::entries).map(|(name, _)| name);
        let unknown = match self.here.unknown {
            Mask::Parts(mask) => Some(mask),
            _ => None,
        };
        let unknown = unknown.into_iter().flat_map(Value::entries).map(|(name, _)| name);
        let mut names: Vec<&'a str> = known.chain(unknown).collect();
        if matches!(self.here.unknown, Mask::Everything) && self.here.value.is_none() {
            names = self.source_names();
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Every scalar at or below, depth first.
    pub fn leaves(&self, each: &mut impl FnMut(View<'a>)) {
        match self.here.value {
            Some(value) if value.is_array() => self.items().for_each(|item| item.leaves(each)),
            Some(value) if value.is_object() => {
                self.members().into_iter().for_each(|(_, member)| member.leaves(each));
            }
            _ => each(self.clone()),
        }
    }

    /// The known value, which is not null. Asks nobody why there is none, so it costs nothing.
    pub fn known(&self) -> Option<Value<'a>> {
        self.shown().filter(|value| !self.res.graph().is_stand_in(*value))
    }

    /// Whether the plan shows a value that stands in for another.
    pub(super) fn stands_in(&self) -> bool {
        self.res.graph().has_stand_ins() && self.shown().is_some() && self.known().is_none()
    }

    /// The value that the plan shows, which is not null; it may stand in for another.
    pub(crate) fn shown(&self) -> Option<Value<'a>> {
        self.here.shown()
    }

    /// What is to be seen here.
    pub fn val(&self) -> Val<'a> {
        match (self.here.unknown, self.here.value) {
            (Mask::Everything, _) => self.not_known(),
            (_, Some(value)) if !value.is_null() => match self.res.graph().is_stand_in(value) {
                false => Val::Known(value),
                true => Val::Unknown(Cause::NotInRun),
            },
            (Mask::Parts(_), None) if self.here.unknown.marks_anything() => self.not_known(),
            (Mask::Nothing, None) if self.here.lacks_mask => self.not_known(),
            _ => Val::Null,
        }
    }

    /// Tells a value that the provider computes from one that the author set and nobody knows yet.
    fn not_known(&self) -> Val<'a> {
        let names: Vec<&str> = self.names().collect();
        let written = self.written();
        let hits = self.plan_hits(&written);
        if let Some(settled) = self.settled(&written, &hits) {
            return settled;
        }
        match written {
            Written::NoConfiguration => Val::Unknown(Cause::Apply),
            Written::LeftOut => Val::Omitted,
            Written::Not if schema::may_compute(self.res, &names) => Val::Omitted,
            Written::Dynamic if schema::only_computed(self.res, &names) => Val::Omitted,
            Written::Not | Written::Dynamic => Val::Unknown(Cause::Dynamic),
            Written::By(expressions) => match self.origin(&expressions, &hits) {
                // `bcrypt(var.x)` and `uuid()` are made of known values and are unknown all the same.
                Val::Omitted if !schema::may_compute_within(self.res, &names) => {
                    Val::Unknown(Cause::Function)
                }
                origin => origin,
            },
        }
    }

    fn origin(&self, expressions: &[Expr<'a>], hits: &[Hit]) -> Val<'a> {
        if expressions.iter().all(|expression| expression.is_null()) {
            return Val::Omitted;
        }
        if hits.iter().any(|hit| hit.end == End::Local) {
            return Val::Unknown(Cause::Local);
        }
        // What is made of known values only would be known, unless it is null and the provider
        // computes it: an optional argument handed through modules as null. What no
        // provider computes is made of a function such as `timestamp()`.
        let names: Vec<&str> = self.names().collect();
        if !hits.iter().all(|hit| self.res.graph().is_known(hit)) {
            Val::Unknown(Cause::Apply)
        } else if schema::may_compute(self.res, &names)
            && !expressions.iter().any(|expression| matches!(expression, Expr::Opaque))
        {
            Val::Omitted
        } else {
            Val::Unknown(Cause::Function)
        }
    }

    /// Its path without indices and with map keys as they are: `config.slack.url`.
    pub(crate) fn path(&self) -> String {
        self.names().collect::<Vec<_>>().join(".")
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.path.iter().filter_map(|part| match part {
            Part::Name(name) => Some(*name),
            Part::Index(_) => None,
        })
    }

    /// Answers "maybe" about it, and notes why.
    pub fn maybe(&self, cause: Cause) -> Tri {
        self.note(cause);
        Tri::Maybe
    }

    /// Notes why it is not known, where it is not: for rules that then pass over it.
    pub fn note_unknown(&self) {
        if let Val::Unknown(cause) = self.val() {
            self.note(cause);
        }
    }

    /// The same of each element.
    pub fn note_unknown_items(&self) {
        if self.has_unknown() || self.here.may_stand_in {
            self.items().for_each(|item| item.note_unknown());
        }
    }

    /// Notes that it was asked for in vain, and why.
    pub fn note(&self, cause: Cause) {
        let mut hasher = rustc_hash::FxHasher::default();
        self.path.hash(&mut hasher);
        self.res.maybe(cause, hasher.finish());
    }

    /// How the configuration sets this value.
    pub(super) fn written(&self) -> Written<'a> {
        // The world before has no configuration.
        self.res.scope.note_difference();
        if self.side == Side::Prior {
            return Written::NoConfiguration;
        }
        let graph = self.res.graph();
        let Some(block) = self.res.block() else { return Written::NoConfiguration };
        let Some(arguments) = graph.value(&block.arguments) else { return Written::Not };
        let mut at: SmallVec<[Value<'a>; 1]> = SmallVec::from([arguments]);
        let mut value = graph.plan.planned(self.res.raw()).value;
        let mut names: SmallVec<[&str; 4]> = SmallVec::new();
        for (depth, part) in self.path.iter().enumerate() {
            if depth > 0 && at.iter().all(|node| !matches!(Expr::of(*node), Expr::Block(_))) {
                // Attributes written as blocks, and objects: one expression for all of it.
                break;
            }
            match part {
                Part::Name(name) => {
                    names.push(name);
                    value = value.and_then(|value| value.get(name));
                    at = at.into_iter().filter_map(|node| node.get(name)).collect();
                    if at.is_empty() {
                        let has_block = value.is_some_and(|value| value.items().len() > 0);
                        let is_last = depth + 1 == self.path.len();
                        return match has_block {
                            false if is_last => Written::Not,
                            false if schema::may_compute(self.res, &names) => Written::LeftOut,
                            _ => Written::Dynamic,
                        };
                    }
                }
                Part::Index(index) => {
                    let ordered = !schema::is_set(self.res, &names);
                    let members = value;
                    value = members.and_then(|members| members.at(*index));
                    at = at
                        .into_iter()
                        .flat_map(|node| candidates(node, *index, members, ordered))
                        .collect();
                    if at.is_empty() {
                        return Written::Dynamic;
                    }
                }
            }
        }
        Written::By(at.into_iter().map(Expr::of).collect())
    }

    /// Every reference that sets this value leads where. Empty for literals and what nobody set.
    pub fn hits(&self) -> Vec<Hit> {
        let written = self.written();
        let hits = self.plan_hits(&written);
        match self.beyond_plan(&written, &hits) {
            Some(made) => made.hits(),
            None => hits.to_vec(),
        }
    }

    /// The same by what the plan alone tells.
    pub(super) fn plan_hits(&self, written: &Written<'a>) -> Arc<[Hit]> {
        let Written::By(expressions) = written else { return Arc::default() };
        let graph = self.graph();
        if let [only] = expressions.as_slice() {
            return graph.resolve(self.res.id, *only);
        }
        let each = expressions.iter().map(|expression| graph.resolve(self.res.id, *expression));
        let mut hits: Vec<Hit> = each.flat_map(|hits| hits.to_vec()).collect();
        hits.sort();
        hits.dedup();
        hits.into()
    }

    /// Those of [`View::hits`] that the argument itself names, not by way of a variable, an output, a key
    /// or a local: these may be members of an object of which only another one is meant.
    pub fn named_hits(&self) -> Vec<Hit> {
        let Written::By(expressions) = self.written() else { return Vec::new() };
        let graph = self.graph();
        let references = expressions.iter().flat_map(|expression| expression.references());
        let references: Vec<&str> = references.filter(|it| !resolve::is_handed_in(it)).collect();
        graph.resolve_references(self.res.id, &references)
    }

    /// Whether its expression, or one that a module hands it, names what an instance is given: `each.key`,
    /// `each.value`, `count.index`. Of several things that the expression names an instance may have its own.
    pub fn may_be_picked(&self) -> bool {
        let Written::By(expressions) = self.written() else { return false };
        let graph = self.graph();
        let Some(module) = graph.plan.module(self.res.raw().module).config else { return false };
        let references = expressions.iter().flat_map(|expression| expression.references());
        let origins = graph.origins(module, references.collect());
        origins.into_iter().any(|(_, it)| is_of_instance(it))
    }

    /// What an instance picks one of by a key that the plan does not show: an object or a module that is named as
    /// a whole, with what the instance is given right behind it, `aws_x.y[each.value.key].id`. Where more is named
    /// it may be that instead.
    pub(super) fn picked_of(&self) -> Option<&'a str> {
        let Written::By(expressions) = self.written() else { return None };
        let graph = self.graph();
        let module = graph.plan.module(self.res.raw().module).config?;
        let [expression] = expressions.as_slice() else { return None };
        let (_, references) = graph.handed_by(module, *expression);
        match references.as_slice() {
            [whole, key] if resolve::is_whole(whole) && is_of_instance(key) => Some(whole),
            _ => None,
        }
    }

    /// The texts, numbers and truths of the variables that its expression names, through modules, beside keys
    /// and counts, which are texts too. None where it names one that is a list or a map, or not known, or a
    /// `local`: there is no telling what lies in it.
    pub fn handed_in(&self) -> Option<Vec<String>> {
        let Written::By(expressions) = self.written() else { return None };
        let graph = self.graph();
        let module = graph.plan.module(self.res.raw().module).config?;
        let references = expressions.iter().flat_map(|expression| expression.references());
        let mut texts = Vec::new();
        for (module, reference) in graph.origins(module, references.collect()) {
            let steps = steps(reference);
            match (steps.first()?.name()?, steps.get(1).and_then(Step::name)) {
                ("var", Some(name)) => {
                    texts.push(graph.variable_constant(module, name, &steps[2..], 0)?);
                }
                ("each", Some("key")) | ("count", _) => {}
                _ if resolve::is_handed_in(reference) => return None,
                _ => {}
            }
        }
        Some(texts)
    }

    /// Whether the author wrote an expression for it, whatever its value. `Maybe` behind a dynamic
    /// block that no source shows, `No` in the world before.
    pub fn is_written(&self) -> Tri {
        let written = self.written();
        let is_hidden = !matches!(written, Written::By(_));
        if let Some(tri) = is_hidden.then(|| self.is_written_dynamically(&written)).flatten() {
            return tri;
        }
        match written {
            Written::By(expressions) => Tri::from(!expressions.iter().all(|e| e.is_null())),
            Written::Not | Written::LeftOut | Written::NoConfiguration => Tri::No,
            Written::Dynamic => self.maybe(Cause::Dynamic),
        }
    }

    /// Whether it is sensitive, as a whole.
    pub fn is_sensitive(&self) -> bool {
        matches!(self.here.sensitive, Mask::Everything)
    }

    /// Whether anything at or below is sensitive.
    pub fn has_sensitive(&self) -> bool {
        self.here.sensitive.marks_anything()
    }

    /// The text of a known string.
    pub fn text(&self) -> Option<&'a str> {
        self.known().and_then(Value::as_str)
    }

    /// A known scalar as Terraform would interpolate it.
    pub fn scalar(&self) -> Option<Cow<'a, str>> {
        self.known().and_then(Value::scalar)
    }

    /// A known whole number.
    pub fn int(&self) -> Option<i64> {
        self.known().and_then(Value::as_i64)
    }

    /// Whether it is set at all: null and omitted are not, unknown is.
    pub fn is_set(&self) -> Tri {
        match self.val() {
            Val::Known(_) => Tri::Yes,
            Val::Null | Val::Omitted => Tri::No,
            Val::Unknown(cause) => self.maybe(cause),
        }
    }

    /// As [`View::is_set`]; an empty text is not, and what is made of the identity of something that
    /// this apply creates, and of nothing else, is: whatever it turns out to be, it is there.
    pub fn is_given(&self) -> Tri {
        if let Some(text) = self.text() {
            return Tri::from(!text.is_empty());
        }
        let scope = self.res.scope;
        let is_new =
            |hit: &Hit| identity_of(scope, hit).is_some_and(|(id, _)| scope.res(id).is_created());
        match self.val() {
            Val::Unknown(_) if matches!(self.hits().as_slice(), [only] if is_new(only)) => Tri::Yes,
            _ => self.is_set(),
        }
    }

    /// Whether it is made of what identifies an object, whatever else it is made of: a text with that in it is
    /// neither null nor empty.
    pub fn has_identity(&self) -> bool {
        self.hits().iter().any(|hit| identity_of(self.res.scope, hit).is_some())
    }

    /// Asks about a known value; what is not set does not have the property.
    pub fn test(&self, ask: impl FnOnce(Value<'a>) -> bool) -> Tri {
        match self.val() {
            Val::Known(value) => Tri::from(ask(value)),
            Val::Null | Val::Omitted => Tri::No,
            Val::Unknown(cause) => self.maybe(cause),
        }
    }

    /// Asks about the text of a scalar.
    pub fn test_text(&self, ask: impl FnOnce(&str) -> bool) -> Tri {
        self.test(|value| value.scalar().is_some_and(|text| ask(&text)))
    }

    /// Whether it is that text (numbers and booleans as Terraform writes them).
    pub fn is(&self, text: &str) -> Tri {
        match self.val() {
            Val::Unknown(_) if !self.may_be(text) => Tri::No,
            _ => self.test_text(|known| known == text),
        }
    }

    /// Whether a flag is on; `default` where it is not set.
    pub fn flag(&self, default: bool) -> Tri {
        match self.val() {
            Val::Known(value) => Tri::from(value.is_true() || value.as_str() == Some("true")),
            Val::Null | Val::Omitted => Tri::from(default),
            Val::Unknown(cause) => self.maybe(cause),
        }
    }

    /// Whether two places hold the same value. Values that are not known yet are the same where
    /// both come from one attribute of one instance, and different where they are the identities
    /// of two.
    pub fn same(&self, other: &View<'a>) -> Tri {
        match (self.val(), other.val()) {
            (Val::Known(a), Val::Known(b)) => Tri::from(a == b),
            (Val::Null | Val::Omitted, _) | (_, Val::Null | Val::Omitted) => Tri::No,
            (Val::Unknown(cause), Val::Known(known)) => self.against_known(known, cause),
            (Val::Known(known), Val::Unknown(cause)) => other.against_known(known, cause),
            (Val::Unknown(cause), Val::Unknown(_)) => self.same_origin(other, cause),
        }
    }

    /// Whether the provider alone gives it its value, and has not yet: an `id` or ARN of what this
    /// apply creates. [`View::val`] calls it omitted, as nobody wrote it.
    pub fn is_assigned(&self) -> bool {
        let [Part::Name(name)] = self.path.as_slice() else { return false };
        matches!(self.val(), Val::Omitted)
            && (*name == "id" || schema::only_computed(self.res, &[name]))
    }

    /// The instance and attribute, where it [is assigned](View::is_assigned) and identifies the
    /// object.
    fn assigned_identity(&self) -> Option<(ResId, String)> {
        let [Part::Name(name)] = self.path.as_slice() else { return None };
        let type_ = self.res.type_();
        let is_identity = facts::identity::attributes(type_).any(|known| known == *name);
        (self.is_assigned() && is_identity).then(|| (self.res.id, name.to_string()))
    }

    /// As [`View::same`], and what the provider assigns is the value that references to it have.
    pub fn same_once_assigned(&self, other: &View<'a>) -> Tri {
        if !self.is_assigned() && !other.is_assigned() {
            return self.same(other);
        }
        let identity = |view: &View<'a>| view.assigned_identity().or_else(|| view.lone_identity());
        match (identity(self), identity(other)) {
            (Some(a), Some(b)) if a == b => Tri::Yes,
            (Some((a, _)), Some((b, _))) if a != b => {
                let same_type = self.res.scope.res(a).type_() == self.res.scope.res(b).type_();
                if same_type { Tri::No } else { self.maybe(Cause::Apply) }
            }
            _ => match self.same_parts(other) {
                Tri::Maybe => self.maybe(Cause::Apply),
                tri => tri,
            },
        }
    }

    /// Whether a list that is not known as a whole holds the value of another place. It does where
    /// it is made of references to identities, and one of these is it.
    pub fn holds_once_assigned(&self, other: &View<'a>) -> Tri {
        let wanted = other.assigned_identity().or_else(|| other.lone_identity());
        let (Some((id, name)), true) = (wanted, self.is_reference()) else {
            return self.maybe(Cause::Apply);
        };
        let hits = self.hits();
        let scope = self.res.scope;
        let res = scope.res(id);
        let is_it = |hit: &Hit| identity_of(scope, hit) == Some((id, name.clone()));
        let is_another = |hit: &Hit| match &hit.end {
            // No literal is what this apply makes up.
            End::Known | End::Given(_) => {
                res.is_created() && facts::identity::is_made_up(res.type_(), &name)
            }
            End::Resource(other) => {
                let other = scope.res(*other);
                let is_managed = other.mode() == Mode::Managed && res.mode() == Mode::Managed;
                identity_of(scope, hit).is_some() && other.type_() == res.type_() && is_managed
            }
            _ => false,
        };
        if hits.iter().any(is_it) && hits.iter().all(|hit| identity_of(scope, hit).is_some()) {
            Tri::Yes
        } else if !hits.is_empty() && hits.iter().all(|hit| !is_it(hit) && is_another(hit)) {
            Tri::No
        } else {
            self.maybe(Cause::Apply)
        }
    }

    pub(super) fn against_known(&self, known: Value<'a>, cause: Cause) -> Tri {
        let is_another = || known.scalar().is_some_and(|text| !self.may_be(&text));
        if self.is_made_up() || is_another() { Tri::No } else { self.maybe(cause) }
    }

    /// Whether it is the identity of something that this apply creates, or will be: then it is
    /// neither null nor empty, although nobody knows it yet.
    pub fn is_new_identity(&self) -> bool {
        let is_created = |(id, _)| self.res.scope.res(id).is_created();
        self.assigned_identity().is_some() || self.lone_identity().is_some_and(is_created)
    }

    /// Whether it is an identity that the service makes up in this apply: it equals no literal.
    pub fn is_made_up(&self) -> bool {
        let identity = self.assigned_identity().or_else(|| self.lone_identity());
        identity.is_some_and(|(id, name)| {
            let res = self.res.scope.res(id);
            res.is_created() && facts::identity::is_made_up(res.type_(), &name)
        })
    }

    /// The same of a list that names nothing but identities of objects, one of them such.
    pub(super) fn holds_made_up(&self) -> bool {
        let scope = self.res.scope;
        let is_new = |(id, name): (ResId, String)| {
            let res = scope.res(id);
            res.is_created() && facts::identity::is_made_up(res.type_(), &name)
        };
        let names: Vec<&str> = self.names().collect();
        let is_list = schema::lists_values(self.res, &names) && self.is_reference();
        let identities = |hits: Vec<Hit>| {
            hits.iter()
                .map(|hit| identity_of(scope, hit).map(is_new))
                .collect::<Option<Vec<bool>>>()
        };
        self.is_made_up()
            || (is_list && identities(self.hits()).is_some_and(|all| all.contains(&true)))
    }

    /// Whether it is the id of an object that this apply makes, where the plan lost the attribute or the
    /// instance: `x[each.key].network_id`. In an argument that takes nothing but ids of a type, and where all
    /// that it may come from is new, only a new id can be what is not known yet.
    pub(super) fn is_made_anew(&self) -> bool {
        let scope = self.res.scope;
        let path = self.names().collect::<Vec<_>>().join(".");
        let Some(type_) = facts::mws::used_by(self.res.type_(), &path) else { return false };
        let of = |hit: &Hit| match hit.end {
            End::Resource(id) => Some(scope.res(id)),
            _ => None,
        };
        let is_new = |hit: &Hit| match of(hit) {
            Some(it) => it.is_created() && names_made_up(it.type_(), hit),
            None => hit.end == End::Known,
        };
        let hits = self.hits();
        let is_named = hits.iter().any(|hit| of(hit).is_some_and(|it| it.type_() == type_));
        is_named && hits.iter().all(is_new) && self.made().is_none()
    }

    /// Whether anything at or below is not known yet.
    pub fn has_unknown(&self) -> bool {
        self.here.unknown.marks_anything() || self.here.lacks_mask
    }

    /// Whether it stands in an argument that holds nothing but identities of other objects.
    fn is_reference(&self) -> bool {
        let name = self.names().last();
        name.is_some_and(|name| facts::identity::is_reference(self.res.type_(), name))
    }

    fn same_origin(&self, other: &View<'a>, cause: Cause) -> Tri {
        match (self.lone_identity(), other.lone_identity()) {
            (Some(a), Some(b)) if a == b => Tri::Yes,
            (Some((a, _)), Some((b, _))) if a != b => {
                let (a, b) = (self.res.scope.res(a), self.res.scope.res(b));
                // Two data sources may look up one object.
                let are_two = a.type_() == b.type_()
                    && a.mode() == Mode::Managed
                    && b.mode() == Mode::Managed;
                if are_two { Tri::No } else { self.maybe(cause) }
            }
            _ => match self.same_parts(other) {
                Tri::Maybe => self.maybe(cause),
                tri => tri,
            },
        }
    }

    /// The instance and attribute that this value is, where it comes from a single reference to an
    /// attribute that identifies an object, in an argument that holds nothing else: a plan shows
    /// `a.id` and `"${a.id}-x"` alike.
    fn lone_identity(&self) -> Option<(ResId, String)> {
        let hits = self.hits();
        let [only] = hits.as_slice() else { return None };
        identity_of(self.res.scope, only).filter(|_| self.is_lone(only))
    }

    /// How a message may write it: never a masked value.
    pub fn show(&self) -> String {
        if self.has_sensitive() {
            return SENSITIVE.to_owned();
        }
        match self.val() {
            Val::Known(value) => show_value(value),
            Val::Null => "null".to_owned(),
            Val::Omitted => "(not set)".to_owned(),
            Val::Unknown(_) => self.shown().map_or("(known after apply)".to_owned(), show_value),
        }
    }
}

/// Whether a reference names what an instance is given.
fn is_of_instance(reference: &str) -> bool {
    reference.starts_with("each.") || reference.starts_with("count.")
}

/// The instance and attribute that a reference leads to, where that identifies an object.
fn identity_of(scope: &Scope<'_>, hit: &Hit) -> Option<(ResId, String)> {
    let Hit { end: End::Resource(id), attribute, exact: true } = hit else { return None };
    let name = attribute.first()?.name()?.to_owned();
    let type_ = scope.res(*id).type_();
    facts::identity::attributes(type_).any(|known| known == name).then_some((*id, name))
}

/// Whether a reference to an object of a type names what the service makes up to identify it, as far as the
/// plan tells.
fn names_made_up(type_: &str, hit: &Hit) -> bool {
    use facts::identity;
    match hit.attribute.first().and_then(|step| step.name()) {
        Some(name) => {
            identity::is_made_up(type_, name) && identity::attributes(type_).any(|it| it == name)
        }
        None => identity::is_made_up(type_, "id"),
    }
}

/// Which blocks of the configuration may have made the block at `index` of those of the plan.
///
/// Indices agree where both have equally many of a list. Sets are sorted anew, and a `dynamic`
/// block shifts all: then every block whose literals do not contradict the values may be it, but for
/// those that made another member of a set, and for members that look alike.
fn candidates<'a>(
    node: Value<'a>,
    index: usize,
    members: Option<Value<'a>>,
    ordered: bool,
) -> SmallVec<[Value<'a>; 1]> {
    if !node.is_array() {
        return SmallVec::from([node]);
    }
    let are_as_many = members.map_or(0, |members| members.items().len()) == node.items().len();
    if ordered && are_as_many {
        return node.at(index).into_iter().collect();
    }
    let member = members.and_then(|members| members.at(index));
    let may_be = |block: &Value<'a>| member.is_none_or(|member| may_make(*block, member));
    let fitting: SmallVec<[Value<'a>; 1]> = node.items().filter(may_be).collect();
    let Some(members) = members.filter(|_| !ordered && are_as_many && fitting.len() > 1) else {
        return fitting;
    };
    let (blocks, all): (Vec<_>, Vec<_>) = (node.items().collect(), members.items().collect());
    if let Some(left) = told_apart(&blocks, &all, index) {
        return left;
    }
    let is_short = fitting.len() <= pairing::MOST;
    match is_short.then(|| rank(&fitting, members, index)).flatten() {
        Some(at) => SmallVec::from([fitting[at]]),
        None => fitting,
    }
}

/// The blocks that may have made a member of a set where each made one member. Of members that look alike it
/// is all the same which block made which.
fn told_apart<'a>(
    blocks: &[Value<'a>],
    members: &[Value<'a>],
    index: usize,
) -> Option<SmallVec<[Value<'a>; 1]>> {
    let may_be = |block: usize, member: usize| may_make(blocks[block], members[member]);
    let left = pairing::makers(blocks.len(), members.len(), index, may_be)?;
    let is_alike = |other: &&Value<'a>| **other == members[index];
    let before = members[..index].iter().filter(is_alike).count();
    let is_one_of_these = members.iter().filter(is_alike).count() == left.len();
    let left = left.into_iter().map(|at| blocks[at]);
    Some(if is_one_of_these { left.skip(before).take(1).collect() } else { left.collect() })
}

/// Which of some blocks stands for a member of a set, where as many members as there are blocks look alike and
/// no block may have made another one: each block made one of them, and which made which is all the same.
fn rank(blocks: &[Value<'_>], members: Value<'_>, index: usize) -> Option<usize> {
    let member = members.at(index)?;
    let (mut at, mut alike) = (0, 0);
    for (other, value) in members.items().enumerate() {
        if value == member {
            at += usize::from(other < index);
            alike += 1;
        } else if blocks.iter().any(|block| may_make(*block, value)) {
            return None;
        }
    }
    (alike == blocks.len()).then_some(at)
}

/// Whether the literals of a block of the configuration do not contradict the values of one of the
/// plan. What is not known there was made by no literal, unless the provider takes that for nothing.
pub(super) fn may_make(block: Value<'_>, value: Value<'_>) -> bool {
    block.entries().all(|(name, expression)| match (Expr::of(expression), value.get(name)) {
        (Expr::Constant(constant), Some(known)) => is_same(constant, known),
        (Expr::Constant(constant), None) => constant.is_hollow(),
        _ => true,
    })
}

/// Whether a literal gave a value: providers turn nothing into an empty text or list.
pub(super) fn is_same(constant: Value<'_>, known: Value<'_>) -> bool {
    constant == known || (constant.is_hollow() && known.is_hollow())
}

fn show_value(value: Value<'_>) -> String {
    // Redaction comes later and must see the whole of a secret; nobody reads more than this.
    const LONGEST: usize = 1000;
    if let Some(text) = value.scalar() {
        let mut shown: String = text.chars().take(LONGEST).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        return shown;
    }
    let parts: Vec<String> = value.items().take(5).map(show_value).collect();
    let more = if value.items().len() > 5 { ", …" } else { "" };
    if value.is_array() { format!("[{}{more}]", parts.join(", ")) } else { "{…}".to_owned() }
}
