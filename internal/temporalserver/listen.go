package temporalserver

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
)

// listenAt gives the frontend an address of its own, which other machines may reach;
// the other services stay on loopback. An empty address changes nothing.
func listenAt(cfg *config.Config, hosts map[primitives.ServiceName]static.Hosts, address string) error {
	if address == "" {
		return nil
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil || at.Port() == 0 {
		return fmt.Errorf("workflow engine: address %q: want an IP address and a port, such as 127.0.0.1:7233", address)
	}
	reached := at.Addr()
	if reached.IsUnspecified() { // every address of this machine, so also its own
		reached = netip.MustParseAddr(loopback)
	}
	frontend := net.JoinHostPort(reached.String(), strconv.Itoa(int(at.Port())))
	service := cfg.Services[string(primitives.FrontendService)]
	service.RPC = config.RPC{GRPCPort: int(at.Port()), BindOnIP: at.Addr().String()}
	cfg.Services[string(primitives.FrontendService)] = service
	hosts[primitives.FrontendService] = static.SingleLocalHost(frontend)
	cfg.PublicClient.HostPort = frontend
	self := cfg.ClusterMetadata.ClusterInformation[clusterName]
	self.RPCAddress = frontend
	cfg.ClusterMetadata.ClusterInformation[clusterName] = self
	return nil
}
