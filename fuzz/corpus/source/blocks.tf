# bricklint: ignore-file[net-public-ip-enabled] tests
variable "v" {
  type      = map(string)
  default   = { "a b" = "x\u00e9", c = <<-EOT
    text ${var.w} %{ if true }y%{ else }z%{ endif ~}
  EOT
  }
  sensitive = true
}
locals { a = merge({ k = 1 }, { for k, v in var.v : k => upper(v)... if v != "" }) }
resource "aws_security_group" "s" {
  count = 2 // bricklint: ignore[net-x] reason
  /* free
     text */
  dynamic "ingress" {
    for_each = toset([22, 443])
    iterator = port
    content { from_port = port.value }
  }
  tags = { Name = "x-${count.index}" }
  lifecycle { ignore_changes = [tags["a"]] }
}
module "m" { source = "./m" }
output "o" { value = module.m.x[*].id }
