//! What rules conclude from a whole plan and share with one another: each is concluded once.

use std::{
    any::{Any, TypeId},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use rustc_hash::FxHashMap;

use super::Graph;

/// Conclusions by their type.
#[derive(Debug, Default)]
pub(super) struct Memo(Mutex<FxHashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Graph {
    /// What `make` concludes from the plan. Only the first rule that asks for a type makes it; others
    /// that ask meanwhile wait. It must hang on nothing but the plan.
    pub fn once<T: Any + Send + Sync>(&self, make: impl FnOnce(&Graph) -> T) -> Arc<T> {
        let cell = {
            let mut all = self.memo.0.lock().unwrap_or_else(PoisonError::into_inner);
            let cell = all.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(Cell::<T>::new()));
            Arc::clone(cell).downcast::<Cell<T>>()
        };
        match cell {
            Ok(cell) => Arc::clone(cell.get_or_init(|| Arc::new(make(self)))),
            // A type's cell holds that type.
            Err(_) => Arc::new(make(self)),
        }
    }
}

type Cell<T> = OnceLock<Arc<T>>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{DocumentKind, Plan};

    #[test]
    fn each_type_is_made_once() {
        let text = r#"{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[]}"#;
        let plan = Plan::parse("u", "u.json", DocumentKind::Plan, text.to_owned());
        let graph = Graph::new(plan.unwrap());
        assert_eq!(*graph.once(|graph| graph.plan.len() + 1), 1);
        assert_eq!(*graph.once(|_| 9_usize), 1);
        assert_eq!(*graph.once(|_| "other".to_owned()), "other");
    }
}
