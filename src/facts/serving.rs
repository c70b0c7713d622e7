//! What serving endpoints may hold.

/// Entities that an endpoint may serve.
///
/// Source: `EndpointCoreConfigInput.ServedEntities` in service/serving/model.go of
/// databricks/databricks-sdk-go: "A serving endpoint can have up to 15 served entities."
pub const MOST_ENTITIES: usize = 15;
