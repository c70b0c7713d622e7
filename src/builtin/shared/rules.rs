//! Rules of security groups and network ACLs, in whichever resource or block they stand.

use crate::{
    estate::Cell,
    facts::traffic_rules::{Shape, Way, shape},
    graph::View,
    plan::Tri,
};

use super::traffic::Direction;

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule<'a> {
    /// Its block, or the resource itself.
    pub at: View<'a>,
    /// The word for which way it leads: that of [`Direction::as_str`], or why it is not known.
    pub direction: Cell,
    shape: &'static Shape,
}

/// The rules of a group or an ACL that can be seen, or the one that a resource is.
pub fn of<'a>(root: &View<'a>) -> Vec<Rule<'a>> {
    let Some(shape) = shape(root.res().type_()) else { return Vec::new() };
    let one = |direction: Cell| vec![Rule { at: root.clone(), direction, shape }];
    match shape.way {
        Way::Blocks => {
            let both = [Direction::Ingress, Direction::Egress].into_iter();
            both.flat_map(|direction| blocks(root, direction, shape)).collect()
        }
        Way::In => one(word(Direction::Ingress)),
        Way::Out => one(word(Direction::Egress)),
        Way::Told(name) => one(root.get(name).into()),
        Way::Flag(name) => one(match root.get(name).flag(false) {
            Tri::Yes => word(Direction::Egress),
            Tri::No => word(Direction::Ingress),
            Tri::Maybe => Cell::from(None::<String>),
        }),
    }
}

fn blocks<'a>(
    root: &View<'a>,
    direction: Direction,
    shape: &'static Shape,
) -> impl Iterator<Item = Rule<'a>> + use<'a> {
    let items = root.get(direction.as_str()).items();
    items.map(move |at| Rule { at, direction: word(direction), shape })
}

fn word(direction: Direction) -> Cell {
    Cell::Known(direction.as_str().to_owned())
}

impl<'a> Rule<'a> {
    /// Whether it is known to lead that way.
    pub fn leads(&self, direction: Direction) -> bool {
        self.direction == word(direction)
    }

    /// It is a resource of its own, and others may stand beside it.
    pub fn is_alone(&self) -> bool {
        self.shape.is_rule()
    }

    /// Its protocol.
    pub fn protocol(&self) -> View<'a> {
        self.at.member(self.shape.protocol)
    }

    /// Whether it keeps out what it names, as those of network ACLs may.
    pub fn denies(&self) -> bool {
        self.action().and_then(|it| it.text()).is_some_and(|it| it.eq_ignore_ascii_case("deny"))
    }

    /// What one of a network ACL does.
    pub fn action(&self) -> Option<View<'a>> {
        self.shape.ordered.map(|it| self.at.get(it.action))
    }

    /// The place of one of a network ACL in the order.
    pub fn number(&self) -> Option<View<'a>> {
        self.shape.ordered.map(|it| self.at.get(it.number))
    }

    /// The arguments that name whom it is about, each with one that it names; `self` is not among them.
    pub fn peers(&self) -> Vec<(View<'a>, View<'a>)> {
        let of = |name: &&'static str| -> Vec<(View<'a>, View<'a>)> {
            let at = self.at.member(*name);
            match at.text() {
                Some(_) => vec![(at.clone(), at)],
                None => at.items().map(|it| (at.clone(), it)).collect(),
            }
        };
        self.shape.peers.iter().flat_map(of).collect()
    }
}
