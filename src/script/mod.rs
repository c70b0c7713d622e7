//! Rules as Rhai scripts: the sandbox, what scripts see, and the adapter to [`Rule`](crate::lint::Rule).
