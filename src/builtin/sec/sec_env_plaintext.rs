//! A credential in an environment variable.

use crate::{
    builtin::shared::{
        containers::{self, Named},
        leaks::{self, Leak},
        named_secrets,
    },
    facts::secrets::Purpose,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
    secrecy::names,
};

declare_rule! {
    /// ## What it does
    /// Finds environment variables whose name promises a secret (`DB_PASSWORD`, `CRM_API_TOKEN`,
    /// `PGPASSWORD`, `dbPass`) and that hold one in clear: of clusters, job clusters and pipelines
    /// (`spark_env_vars`), of model serving, of Lambda functions, ECS tasks, Batch jobs, App Runner
    /// services and CodeBuild projects. A value that the plan masks counts too: the mask hides it from
    /// the terminal, not from those who look at the variable.
    ///
    /// References to a Databricks secret or to a variable, ARNs, paths, names of parameters and of
    /// secrets, addresses without a password, numbers, regions, names of algorithms and placeholders are
    /// no credentials, and names about one (`SECRET_REGION`, `API_KEY_HEADER`, `USE_TOKEN`) promise
    /// none. A value that is short, a word or two, or of digits is possible, and so is one like a secret
    /// under a name that promises one in its middle only (`SECRET_STAGE`), or a name of small words under
    /// that of a key (`SSH_KEY = "acme-prod-bastion-host"`).
    ///
    /// ## Why is this bad?
    /// Whoever may look at a cluster, a job, a function or a task sees its environment in clear, and so
    /// does every process that runs there; it ends in logs, in the state and in saved plans.
    /// Source: [secrets in environment variables](https://docs.databricks.com/aws/en/security/secrets/secrets-spark-conf-env-var),
    /// [Lambda](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html), which says not
    /// to keep credentials there; Checkov CKV_AWS_45.
    ///
    /// ## How to fix it
    /// Refer to the secret, and rotate what stood there:
    ///
    /// ```terraform
    /// resource "databricks_cluster" "etl" {
    ///   # ...
    ///   spark_env_vars = {
    ///     DB_PASSWORD = "{{secrets/etl/db-password}}"
    ///   }
    /// }
    /// ```
    ///
    /// For ECS and App Runner use `secrets` with the ARN of the secret, for CodeBuild
    /// `type = "SECRETS_MANAGER"`, and let a Lambda function read the secret when it starts.
    ///
    /// ## What it cannot see
    /// Secrets under names that do not promise one: the form of a token and of an address with a password
    /// is what `sec-token-pattern` and `sec-url-credentials` look for. One value that is known only after
    /// the apply hides the whole map in a plan, names included; where the `.tf` files are at hand such a
    /// value under a promising name is possible, because it may turn out to be a reference.
    pub static RULE = {
        id: "sec-env-plaintext",
        summary: "an environment variable holds a credential in clear",
        severity: Error,
        confidence: Heuristic,
        category: Security,
        profile: Default,
        world: State,
        subjects: [
            "aws_apprunner_service",
            "aws_batch_job_definition",
            "aws_codebuild_project",
            "aws_ecs_task_definition",
            "aws_lambda_function",
            "databricks_cluster",
            "databricks_job",
            "databricks_model_serving",
            "databricks_pipeline",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let types = RULE.subjects.iter().flat_map(|type_| cx.of(type_));
    let named = types.flat_map(|it| containers::promising(it, Purpose::Environment));
    leaks::report(named.map(leak).collect(), out);
}

fn leak(it: Named<'_>) -> Leak {
    let name = &it.name;
    let is_databricks = it.view.res().type_().starts_with("databricks_");
    let help = match is_databricks {
        true => format!("set `{name}` to `{{{{secrets/SCOPE/KEY}}}}`, and rotate the secret"),
        false => {
            format!("hand over the ARN of a secret in place of `{name}`, and rotate the secret")
        }
    };
    let promise = names::promise(name);
    let is_one = |text: &str| named_secrets::is_one(promise, name, text);
    let (tri, secrets) = match &it.inside {
        Some(text) => (is_one(text), vec![text.clone()]),
        None => {
            let text = it.view.text().map(str::to_owned);
            (named_secrets::judge(&it.view, name, is_one), text.into_iter().collect())
        }
    };
    let what = leaks::counted(&secrets);
    let message = match (tri, secrets.is_empty()) {
        (Tri::Maybe, _) => format!("{what} may stand in clear in the environment variable {name}"),
        (_, true) => format!(
            "a secret that is known after apply stands in clear in the environment variable {name}"
        ),
        _ => format!("{what} stands in clear in the environment variable {name}"),
    };
    Leak::new(it.view.res(), &it.view, tri).with(secrets).saying(message, help)
}
