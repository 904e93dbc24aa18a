// Command k6 is k6 itself: this module only pins its version and, in go.sum, everything that it is built from.
package main

import "go.k6.io/k6/v2/cmd"

func main() { cmd.Execute() }
