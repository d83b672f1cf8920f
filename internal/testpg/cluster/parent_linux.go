package cluster

import "syscall"

// dieWithParent has the kernel stop the server when this process is killed.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }
