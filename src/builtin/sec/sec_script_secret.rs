//! A credential in a script.

use crate::{
    builtin::shared::{
        leaks::{self, Leak},
        scripts::{self, Script},
    },
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds credentials in init scripts, notebooks, workspace files, user data of instances and launch
    /// templates, lifecycle scripts and uploaded S3 objects, behind base64 too: whatever has the form of
    /// a token, and values that an assignment gives to a name which promises a secret
    /// (`export DB_PASSWORD=…`, `echo "DB_PASSWORD=…"`, `token = "…"`, `os.environ["API_KEY"] = "…"`, `password: …`,
    /// `db.password=…`, `spark.conf.set("fs.s3a.secret.key", "…")`).
    ///
    /// Variables, calls, paths, names of secrets and placeholders are none. A value that may be a name
    /// (`pat = "main_v2x"`), or stands under a name that only may promise a secret, is possible.
    ///
    /// ## Why is this bad?
    /// Scripts are stored in clear. Who may read the workspace object, the bucket or the instance's
    /// metadata has the credential, and so has the state.
    /// Source: [init scripts](https://docs.databricks.com/aws/en/init-scripts/), [user data](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html),
    /// which says not to store sensitive data there; Checkov CKV_AWS_46.
    ///
    /// ## How to fix it
    /// Read the secret when the script runs, and rotate what stood there:
    ///
    /// ```terraform
    /// resource "databricks_global_init_script" "agent" {
    ///   name = "agent"
    ///   content_base64 = base64encode(<<-EOT
    ///     #!/bin/bash
    ///     export DD_API_KEY="$DATADOG_KEY" # spark_env_vars: {{secrets/datadog/key}}
    ///   EOT
    ///   )
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Files given by `source`: their text is not in the plan. `user_data` of `aws_instance` where it is no
    /// literal: the provider keeps a digest of it only. Archives and compressed text. Values of fewer than
    /// six characters, of plain words or over several lines, bare ones that may be a variable, and credentials
    /// handed to a command as an argument.
    pub static RULE = {
        id: "sec-script-secret",
        summary: "a script holds a credential",
        severity: Error,
        confidence: Heuristic,
        category: Security,
        profile: Default,
        world: State,
        subjects: [
            "aws_instance",
            "aws_launch_configuration",
            "aws_launch_template",
            "aws_s3_object",
            "aws_sagemaker_notebook_instance_lifecycle_configuration",
            "databricks_dbfs_file",
            "databricks_global_init_script",
            "databricks_notebook",
            "databricks_workspace_file",
        ],
        since: "0.1.0",
        no_unknown: "a script is judged only where its text is known",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let all = RULE.subjects.iter().flat_map(|type_| cx.of(type_));
    leaks::report(all.flat_map(scripts::of).filter_map(leak).collect(), out);
}

fn leak(script: Script<'_>) -> Option<Leak> {
    let found = scripts::secrets_in(&script.text);
    let tri = found.iter().fold(Tri::No, |tri, (_, is_one)| tri | *is_one);
    if tri == Tri::No {
        return None;
    }
    // Beside what is one for certain the others are of no weight.
    let secrets: Vec<String> =
        found.iter().filter(|it| it.1 == tri).map(|it| it.0.to_owned()).collect();
    let holds = if tri == Tri::Yes { "holds" } else { "may hold" };
    let message = format!("the script {holds} {} in clear", leaks::counted(&secrets));
    let help = "read the secret when the script runs, and rotate it";
    let mut leak = Leak::new(script.view.res(), &script.view, tri).with(secrets);
    // Whoever knows the rest of the text can try out secrets against its digest.
    leak.hidden.extend(script.digest.map(str::to_owned));
    Some(leak.saying(message, help))
}
