//! How long SQL warehouses wait for work.

/// Minutes after which one stops where `auto_stop_mins` is left out.
///
/// Source: docs/resources/sql_endpoint.md of databricks/terraform-provider-databricks@684f442.
pub const AUTO_STOP_DEFAULT: i64 = 120;

/// The least number of minutes that the API is documented to take, but for 0.
///
/// Source: `CreateWarehouseRequest.AutoStopMins` in service/sql/model.go of databricks/databricks-sdk-go.
pub const LEAST_AUTO_STOP: i64 = 10;

/// The least number of minutes of a serverless warehouse that can be chosen in a workspace; the API may take
/// less.
///
/// Source: docs.databricks.com, aws/en/compute/sql-warehouse/create, "Auto stop".
pub const LEAST_AUTO_STOP_SERVERLESS: i64 = 5;

/// Minutes that are long for a warehouse which starts within seconds.
///
/// Source: [Databricks: SQL warehouse settings](https://docs.databricks.com/aws/en/compute/sql-warehouse/create),
/// "Auto Stop": 10 minutes by default where it is serverless, 45 elsewhere.
pub const LONG_SERVERLESS: i64 = 60;
