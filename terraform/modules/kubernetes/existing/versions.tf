terraform {
  required_version = ">= 1.11, < 2.0" # write-only arguments and `terraform test -junit-xml`
}
