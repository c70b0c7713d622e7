//! Kleene's three-valued truth.

use serde::{Deserialize, Serialize};

use std::ops::{BitAnd, BitOr, Not};

/// What can be said about a statement when some values are not known yet.
///
/// There is deliberately no conversion to `bool`: a rule hands its `Tri` to
/// [`Findings`](crate::lint::Findings), where `Yes` makes a definite finding,
/// `Maybe` a possible one and `No` none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tri {
    /// False whatever the unknown values turn out to be.
    No,
    /// Depends on a value that this plan does not show.
    Maybe,
    /// True whatever the unknown values turn out to be.
    Yes,
}

impl Tri {
    /// `Yes` when any of the statements is, `No` when all are (or there is none).
    pub fn any(items: impl IntoIterator<Item = Tri>) -> Tri {
        items.into_iter().fold(Tri::No, |a, b| a | b)
    }

    /// `Yes` when all statements are (or there is none), `No` when one is `No`.
    pub fn all(items: impl IntoIterator<Item = Tri>) -> Tri {
        items.into_iter().fold(Tri::Yes, |a, b| a & b)
    }

    /// The common answer of all candidates, `Maybe` when they differ or there is none.
    ///
    /// For "one of these, it is not known which": certain only if every candidate agrees.
    pub fn agree(items: impl IntoIterator<Item = Tri>) -> Tri {
        let mut items = items.into_iter();
        let Some(first) = items.next() else {
            return Tri::Maybe;
        };
        if items.all(|item| item == first) { first } else { Tri::Maybe }
    }
}

impl From<bool> for Tri {
    fn from(value: bool) -> Tri {
        if value { Tri::Yes } else { Tri::No }
    }
}

impl BitAnd for Tri {
    type Output = Tri;
    fn bitand(self, other: Tri) -> Tri {
        self.min(other)
    }
}

impl BitOr for Tri {
    type Output = Tri;
    fn bitor(self, other: Tri) -> Tri {
        self.max(other)
    }
}

impl Not for Tri {
    type Output = Tri;
    fn not(self) -> Tri {
        match self {
            Tri::No => Tri::Yes,
            Tri::Maybe => Tri::Maybe,
            Tri::Yes => Tri::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tri::{self, *};

    #[test]
    fn kleene_tables() {
        for (a, b, and, or) in [
            (No, No, No, No),
            (No, Maybe, No, Maybe),
            (No, Yes, No, Yes),
            (Maybe, Maybe, Maybe, Maybe),
            (Maybe, Yes, Maybe, Yes),
            (Yes, Yes, Yes, Yes),
        ] {
            assert_eq!((a & b, b & a), (and, and));
            assert_eq!((a | b, b | a), (or, or));
            assert_eq!(!(a & b), !a | !b);
        }
    }

    #[test]
    fn candidates_must_agree() {
        assert_eq!(Tri::agree([Yes, Yes]), Yes);
        assert_eq!(Tri::agree([Yes, No]), Maybe);
        assert_eq!(Tri::agree([]), Maybe);
    }
}
