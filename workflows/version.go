package workflows

// Version names this workflow code among its releases: the build id of a worker that
// is given no other. It is raised when the code gains a branch behind
// [workflow.GetVersion], so that a case which took the branch is not given to workers
// that do not have it. A release that changes nothing here keeps it, and its workers
// carry on the cases of the one before.
const Version = "2"
