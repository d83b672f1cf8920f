package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	sdklog "go.temporal.io/sdk/log"

	"github.com/zhengdang/chengxu/workflows"
)

const (
	// defaultNamespace is the namespace of the cases where nobody names another one.
	defaultNamespace = "chengxu"
	defaultAddress   = "127.0.0.1:7233"
	// reachWithin is how long a cluster that does not answer is waited for.
	reachWithin = time.Minute
)

// clusterOptions are the flags that say how a Temporal cluster is reached. What they
// leave out comes from the variables TEMPORAL_… and the profile file, as for every
// other program of Temporal.
type clusterOptions struct {
	address, namespace    string
	profile, profileFile  string
	secure                bool
	ca, cert, key, server string // files, and the name in the server's certificate
	apiKey                string // file
}

func (o *clusterOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.address, "temporal-address", "", "Temporal cluster, host:port; else TEMPORAL_ADDRESS, the profile, or "+defaultAddress)
	f.StringVar(&o.namespace, "temporal-namespace", "", "namespace of the cases; else TEMPORAL_NAMESPACE, the profile, or "+defaultNamespace)
	f.StringVar(&o.profile, "temporal-profile", "", "profile of the profile file; else TEMPORAL_PROFILE, or default")
	f.StringVar(&o.profileFile, "temporal-config-file", "", "profile file (TOML); else TEMPORAL_CONFIG_FILE, or the one of the user")
	f.BoolVar(&o.secure, "temporal-tls", false, "speak TLS; implied by the other flags about it and by an API key")
	f.StringVar(&o.ca, "temporal-tls-ca", "", "file with the certificates of authorities that the cluster's is checked by; default: the system's")
	f.StringVar(&o.cert, "temporal-tls-cert", "", "file with the client certificate")
	f.StringVar(&o.key, "temporal-tls-key", "", "file with the key of the client certificate")
	f.StringVar(&o.server, "temporal-tls-server-name", "", "name in the cluster's certificate, where it is not the host")
	f.StringVar(&o.apiKey, "temporal-api-key-file", "", "file with the API key; else TEMPORAL_API_KEY")
}

// dial gives how the cluster is reached.
func (o *clusterOptions) dial() (client.Options, error) {
	profile, err := envconfig.LoadClientConfigProfile(envconfig.LoadClientConfigProfileOptions{
		ConfigFilePath: o.profileFile, ConfigFileProfile: o.profile,
	})
	if err != nil {
		return client.Options{}, fmt.Errorf("how the Temporal cluster is reached: %w", err)
	}
	if err := o.over(&profile); err != nil {
		return client.Options{}, err
	}
	out, err := profile.ToClientOptions(envconfig.ToClientOptionsRequest{})
	if err != nil {
		return client.Options{}, fmt.Errorf("how the Temporal cluster is reached: %w", err)
	}
	return out, nil
}

// over lays the flags over what variables and profile say.
func (o *clusterOptions) over(p *envconfig.ClientConfigProfile) error {
	set := func(field *string, flag, otherwise string) {
		if flag != "" {
			*field = flag
		}
		if *field == "" {
			*field = otherwise
		}
	}
	set(&p.Address, o.address, defaultAddress)
	set(&p.Namespace, o.namespace, defaultNamespace)
	if o.apiKey != "" {
		key, err := secretFile(o.apiKey)
		if err != nil {
			return fmt.Errorf("--temporal-api-key-file: %w", err)
		}
		p.APIKey = key
	}
	if !o.secure && o.ca == "" && o.cert == "" && o.key == "" && o.server == "" {
		return nil
	}
	if p.TLS == nil {
		p.TLS = &envconfig.ClientConfigTLS{}
	}
	p.TLS.Disabled = false
	set(&p.TLS.ServerName, o.server, "")
	if o.ca != "" {
		p.TLS.ServerCACertPath, p.TLS.ServerCACertData = o.ca, nil
	}
	if o.cert != "" || o.key != "" {
		p.TLS.ClientCertPath, p.TLS.ClientCertData = o.cert, nil
		p.TLS.ClientKeyPath, p.TLS.ClientKeyData = o.key, nil
	}
	return nil
}

// reach gives an engine that runs elsewhere, once it answers and is prepared.
func (o *clusterOptions) reach(ctx context.Context, log *slog.Logger) (*engine, error) {
	c, dial, err := o.connect(ctx, log)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := checkCluster(ctx, c, dial, log); err != nil {
		return nil, err
	}
	return &engine{dial: dial, stop: func() error { return nil }}, nil
}

// connect reaches the cluster, and waits for one that is being started.
func (o *clusterOptions) connect(ctx context.Context, log *slog.Logger) (client.Client, client.Options, error) {
	dial, err := o.dial()
	if err != nil {
		return nil, dial, err
	}
	dial.Logger = sdklog.NewStructuredLogger(slog.New(errorsOnly{log.Handler()}))
	c, err := patiently(ctx, log, dial.HostPort, func(ctx context.Context) (client.Client, error) { return client.DialContext(ctx, dial) })
	return c, dial, err
}

// patiently connects to a cluster, and waits for one that is being started, or is
// started again at this moment.
func patiently(ctx context.Context, log *slog.Logger, address string, connect func(context.Context) (client.Client, error)) (client.Client, error) {
	within, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for said := false; ; said = true {
		c, err := connect(within)
		if err == nil {
			return c, nil
		}
		if !said {
			log.WarnContext(ctx, "the Temporal cluster does not answer yet", "address", address, "error", err)
		}
		select {
		case <-tick.C:
		case <-within.Done():
			return nil, fmt.Errorf("the Temporal cluster at %s does not answer: %w", address, err)
		}
	}
}

// shortRetention is a retention below which the engine may purge the first runs of a
// long case before the case is closed and its histories are saved.
const shortRetention = 365 * 24 * time.Hour

// checkCluster says what the cluster lacks for the cases, and how to make it.
func checkCluster(ctx context.Context, c client.Client, dial client.Options, log *slog.Logger) error {
	make := "make it with: chengxu cluster prepare --temporal-address " + dial.HostPort + " --temporal-namespace " + dial.Namespace
	described, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: dial.Namespace})
	var none *serviceerror.NamespaceNotFound
	if errors.As(err, &none) {
		return fmt.Errorf("the cluster at %s has no namespace %s; %s", dial.HostPort, dial.Namespace, make)
	}
	if err != nil {
		return fmt.Errorf("namespace %s: %w", dial.Namespace, err)
	}
	missing, err := missingAttributes(ctx, c, dial.Namespace)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fmt.Errorf("namespace %s lacks search attributes of cases: %s; %s", dial.Namespace, strings.Join(slices.Sorted(maps.Keys(missing)), ", "), make)
	}
	if kept := described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); kept < shortRetention {
		log.WarnContext(ctx, "histories of cases that go on for longer than the namespace keeps them are incomplete in dossiers", "namespace", dial.Namespace, "retention", kept)
	}
	return nil
}

// wrongAttributes are search attributes that a namespace has with a type that cases
// cannot use. No waiting mends that.
type wrongAttributes struct {
	namespace string
	wrong     []string
}

func (e *wrongAttributes) Error() string {
	return fmt.Sprintf("namespace %s has search attributes of other types than cases need: %s; name another namespace with --temporal-namespace, "+
		"or, where nothing needs them, remove them (temporal operator search-attribute remove) and prepare the namespace again",
		e.namespace, strings.Join(e.wrong, ", "))
}

// missingAttributes gives the search attributes of cases that the namespace does not
// know. Those that it knows with another type are [*wrongAttributes]: the type cannot be
// changed.
func missingAttributes(ctx context.Context, c client.Client, namespace string) (map[string]enumspb.IndexedValueType, error) {
	known, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, fmt.Errorf("search attributes of namespace %s: %w", namespace, err)
	}
	missing, wanted := map[string]enumspb.IndexedValueType{}, workflows.SearchAttributes()
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		switch has, ok := known.GetCustomAttributes()[name]; {
		case !ok:
			missing[name] = wanted[name]
		case has != wanted[name]:
			wrong = append(wrong, fmt.Sprintf("%s is %s and should be %s", name, has, wanted[name]))
		}
	}
	if len(wrong) > 0 {
		return nil, &wrongAttributes{namespace, wrong}
	}
	return missing, nil
}
