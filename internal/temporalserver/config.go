package temporalserver

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strconv"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
)

const (
	loopback    = "127.0.0.1"
	clusterName = "active"
	disabled    = "disabled"

	// historyShards can never be changed for an existing database. One machine is
	// as fast with 1 as with 64.
	historyShards = 4
)

// services are the parts of a server, each with a port; the frontend is first.
var services = [...]primitives.ServiceName{
	primitives.FrontendService, primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
}

func serverConfig(kept config.Persistence, ports []int) (*config.Config, map[primitives.ServiceName]static.Hosts) {
	cfg := &config.Config{
		Global:              config.Global{Membership: config.Membership{MaxJoinDuration: startLimit, BroadcastAddress: loopback}},
		Persistence:         kept,
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            map[string]config.Service{},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: disabled},
			Visibility: config.VisibilityArchival{State: disabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: disabled},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: disabled},
		}},
	}
	hosts := map[primitives.ServiceName]static.Hosts{}
	for i, name := range services {
		cfg.Services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: ports[i], BindOnLocalHost: true}}
		hosts[name] = static.SingleLocalHost(address(ports[i]))
	}
	frontend := address(ports[0])
	cfg.PublicClient.HostPort = frontend
	cfg.ClusterMetadata = &cluster.Config{
		FailoverVersionIncrement: 10,
		MasterClusterName:        clusterName,
		CurrentClusterName:       clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{
			clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
		},
	}
	return cfg, hosts
}

// dynamicConfig departs from the server's defaults where a measurement asked for it.
func dynamicConfig() dynamicconfig.Client {
	return dynamicconfig.StaticClient{
		// One partition: with the default of four, work of an otherwise idle
		// queue waits in one while the worker polls another.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		// More people than ten may act on one case at a time.
		dynamicconfig.WorkflowExecutionMaxInFlightUpdates.Key(): 1000,
		// A step with many acts must not hit a wall before it ends; that it is
		// time to continue as new is still said at 1,800 acts, as by default.
		dynamicconfig.WorkflowExecutionMaxTotalUpdates.Key():                              10_000,
		dynamicconfig.WorkflowExecutionMaxTotalUpdatesSuggestContinueAsNewThreshold.Key(): 0.18,
	}
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }

// freePorts gives n distinct loopback ports that are free now and that the
// system will not hand out again for a while.
func freePorts(ctx context.Context, n int) (ports []int, err error) {
	for range n {
		port, err := freePort(ctx)
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return ports, nil
}

// freePort reserves a port in the only way there is: where the system chooses
// ports at random, a connection that the listening side closed first stays in
// TIME_WAIT for a minute, during which the port is not handed out to others,
// yet can be bound by who asks for it by number.
func freePort(ctx context.Context) (int, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", address(0))
	if err != nil {
		return 0, fmt.Errorf("listening on %s: %w", loopback, err)
	}
	defer listener.Close()
	addr, err := netip.ParseAddrPort(listener.Addr().String())
	if err != nil {
		return 0, fmt.Errorf("reading the address of a listener: %w", err)
	}
	port := int(addr.Port())
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return port, nil
	}
	var dial net.Dialer
	client, err := dial.DialContext(ctx, "tcp", address(port))
	if err != nil {
		return 0, fmt.Errorf("reserving port %d: %w", port, err)
	}
	defer client.Close()
	accepted, err := listener.Accept()
	if err != nil {
		return 0, fmt.Errorf("reserving port %d: %w", port, err)
	}
	return port, accepted.Close()
}
